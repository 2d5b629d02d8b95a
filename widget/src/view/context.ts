import { createContext } from "preact";
import { useContext, useLayoutEffect, useReducer } from "preact/hooks";
import type { Client } from "../connection/client";
import type { Cell } from "../state/cell";
import { learnEnglish, type Translate } from "../strings";

export type Placement = "bubble" | "inline" | "panel" | "page";

/** What the custom element offers the window inside it. */
export interface Host {
  readonly placement: Placement;
  /** Can the window be closed, and opened again by a launcher? */
  readonly closable: boolean;
  close(): void;
  /** A part of the window is no longer on the server: puts the server's present window in its place, if it is another. */
  renew(): Promise<boolean>;
  /** Dispatches an event of the element. */
  emit(name: "message" | "error" | "send", detail: unknown): void;
}

export interface Chat {
  readonly client: Client;
  readonly host: Host;
  readonly t: Translate;
  /** Says something to people who listen instead of look. */
  readonly announce: (text: string) => void;
  /** Shows something in large, or takes it away. */
  readonly enlarge: (picture: Enlarged) => void;
  /** Adds a style sheet to the window, once. */
  readonly adopt: (styles: string) => void;
  /** Asks the visitor before `question.act` is done. */
  readonly ask: (question: Question) => void;
}

export interface Enlarged {
  readonly address: string;
  readonly alt: string;
  readonly caption?: string;
  /** The pictures among which it stands, itself included. */
  readonly siblings?: readonly Enlarged[];
}

export interface Question {
  readonly sentence: string;
  /** What the button says that does it. */
  readonly verb: string;
  readonly act: () => void;
}

export const ChatContext = createContext<Chat | null>(null);

export function useChat(): Chat {
  const chat = useContext(ChatContext);
  if (chat === null) throw new Error("a view of the chat stands outside the chat");
  return chat;
}

/**
 * A part of the window that is loaded when it is needed. Null when it cannot be had: then the visitor was told, or a
 * younger window stands in this one's place.
 */
export async function part<T>({ client, host, t }: Chat, load: () => Promise<T>): Promise<T | null> {
  try {
    const [loaded, english] = await Promise.all([load(), import("../locales/en")]);
    learnEnglish(english.default);
    return loaded;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    if (!(await host.renew())) client.notice.value = { type: "notice", level: "error", text: t("error_part") };
    return null;
  }
}

/** Brings the styles of a view that is loaded late. */
export function useStyles(styles: string): void {
  const { adopt } = useChat();
  useLayoutEffect(() => adopt(styles), [styles]);
}

/** The cell's value; the view is drawn again when it changes. */
export function useCell<T>(cell: Cell<T>): T {
  const [, redraw] = useReducer<number, undefined>((count) => count + 1, 0);
  useLayoutEffect(() => cell.subscribe(() => redraw(undefined)), [cell]);
  return cell.value;
}
