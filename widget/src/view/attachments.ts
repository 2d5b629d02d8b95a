import { useState } from "preact/hooks";
import type { Uploaded } from "../connection/upload";
import type { SentMedia } from "../protocol";
import { part, useChat } from "./context";

/** A file of the message that is being written. */
export interface Attachment {
  readonly key: number;
  readonly name: string;
  /** An object URL of a picture or a sound, "" for other files. */
  readonly preview: string;
  readonly sound: boolean;
  /** 0 to 1. */
  readonly progress: number;
  /** As the message will hold it, once it is uploaded. */
  readonly uploaded: SentMedia | null;
  readonly abort: AbortController;
}

export interface Attachments {
  readonly items: readonly Attachment[];
  readonly add: (files: readonly File[]) => void;
  /** Files that are uploaded already. */
  readonly put: (files: readonly SentMedia[]) => void;
  readonly remove: (key: number) => void;
  /** Takes all out, as parts of a message. */
  readonly take: () => readonly SentMedia[];
}

let keys = 0;

/** A number of its own for each attachment. */
export function newKey(): number {
  keys += 1;
  return keys;
}

/** The files of a message; `complain` gets the sentence for each that cannot be attached. */
export function useAttachments(complain: (sentence: string) => void): Attachments {
  const chat = useChat();
  const [items, setItems] = useState<readonly Attachment[]>([]);
  const remove = (key: number): void => setItems((all) => all.filter((item) => item.key !== key || discard(item)));
  const begin = (item: Attachment): void => setItems((all) => [...all, item]);
  const add = (files: readonly File[]): void => {
    void part(chat, () => import("./attach")).then((late) =>
      late?.attach(chat, files, items.length, {
        complain,
        begin,
        change: (key, next) => setItems((all) => all.map((item) => (item.key === key ? { ...item, ...next } : item))),
        remove,
      }),
    );
  };
  const put = (files: readonly SentMedia[]): void => files.forEach((file) => begin(restored(file)));
  const take = (): readonly SentMedia[] => {
    const parts = items.flatMap(({ uploaded }) => (uploaded === null ? [] : [uploaded]));
    items.forEach(discard);
    setItems([]);
    return parts;
  };
  return { items, add, put, remove, take };
}

function restored(file: SentMedia): Attachment {
  const abort = new AbortController();
  return { key: newKey(), name: file.name ?? "", preview: "", sound: false, progress: 1, uploaded: file, abort };
}

function discard(item: Attachment): false {
  if (item.uploaded === null) item.abort.abort();
  if (item.preview !== "") URL.revokeObjectURL(item.preview);
  return false;
}

export function asPart({ upload, name, mime, kind }: Uploaded): SentMedia {
  return { type: "media", kind, name, mime, source: { upload } };
}

/** The value of a file input's `accept` for the types that an app takes; "" takes any. */
export function acceptAttribute(types: readonly string[]): string {
  if (types.includes("file")) return "";
  return types.map((type) => (type.startsWith(".") || type.includes("/") ? type : `${type}/*`)).join(",");
}
