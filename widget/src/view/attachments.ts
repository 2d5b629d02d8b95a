import { useState } from "preact/hooks";
import type { SentMedia, Uploaded } from "../protocol";
import { useChat } from "./context";

/** A file of the message that is being written. */
export interface Attachment {
  readonly key: number;
  readonly name: string;
  /** An object URL of a picture, "" for other files. */
  readonly preview: string;
  /** 0 to 1. */
  readonly progress: number;
  readonly uploaded: Uploaded | null;
  readonly abort: AbortController;
}

export interface Attachments {
  readonly items: readonly Attachment[];
  readonly add: (files: readonly File[]) => void;
  readonly remove: (key: number) => void;
  /** Takes all out, as parts of a message. */
  readonly take: () => readonly SentMedia[];
}

/** The files of a message; `complain` gets the sentence for each that cannot be attached. */
export function useAttachments(complain: (sentence: string) => void): Attachments {
  const chat = useChat();
  const [items, setItems] = useState<readonly Attachment[]>([]);
  const remove = (key: number): void => setItems((all) => all.filter((item) => item.key !== key || discard(item)));
  const add = (files: readonly File[]): void => {
    void import("./attach").then(({ attach }) =>
      attach(chat, files, items.length, {
        complain,
        begin: (item) => setItems((all) => [...all, item]),
        change: (key, next) => setItems((all) => all.map((item) => (item.key === key ? { ...item, ...next } : item))),
        remove,
      }),
    );
  };
  const take = (): readonly SentMedia[] => {
    const parts = items.flatMap((item): SentMedia[] => (item.uploaded === null ? [] : [asPart(item.uploaded)]));
    items.forEach(discard);
    setItems([]);
    return parts;
  };
  return { items, add, remove, take };
}

function discard(item: Attachment): false {
  if (item.uploaded === null) item.abort.abort();
  if (item.preview !== "") URL.revokeObjectURL(item.preview);
  return false;
}

function asPart({ upload, name, mime, kind }: Uploaded): SentMedia {
  return { type: "media", kind, name, mime, source: { upload } };
}

/** The value of a file input's `accept` for the types that an app takes; "" takes any. */
export function acceptAttribute(types: readonly string[]): string {
  if (types.includes("file")) return "";
  return types.map((type) => (type.startsWith(".") || type.includes("/") ? type : `${type}/*`)).join(",");
}
