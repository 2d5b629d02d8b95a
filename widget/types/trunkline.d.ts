/**
 * Types of `<trunkline-chat>` for pages written in TypeScript. The element itself comes from the bridge's `widget.js`;
 * this file holds no code. Copy it, or name it in `compilerOptions.types` or `/// <reference path="…" />`.
 */

/** Values for the app's additional inputs, by name. */
export type TrunklineValues = Readonly<Record<string, TrunklineJson>>;
export type TrunklineJson =
  string | number | boolean | null | readonly TrunklineJson[] | { readonly [key: string]: TrunklineJson };

/** Where the chat stands: a launcher in the corner, in the flow of the page, at its side, or all of it. */
export type TrunklinePlacement = "bubble" | "inline" | "panel" | "page";

/** A method's name and its arguments. */
export type TrunklineCall =
  | readonly ["open" | "close" | "toggle"]
  | readonly ["send", string]
  | readonly ["identify", string | null]
  | readonly ["setContext", TrunklineValues];

/** The details of the element's own events. None of them bubbles. */
export interface TrunklineEvents {
  /** The window of a bubble or panel was opened. */
  open: CustomEvent<null>;
  /** It was closed. */
  close: CustomEvent<null>;
  /** The visitor, or `send`, said something. */
  send: CustomEvent<{ readonly text: string }>;
  /** A reply is finished. */
  message: CustomEvent<{ readonly conversation: number; readonly turn: number; readonly text: string }>;
  /** Something went wrong; `message` is the sentence that the visitor reads. */
  error: CustomEvent<{ readonly message: string; readonly code?: string }>;
}

export interface TrunklineChatElement extends HTMLElement {
  readonly placement: TrunklinePlacement;
  /** The server's base address, ending with a slash. */
  readonly server: string;
  /** The window is shown. */
  readonly opened: boolean;
  /** Words of the page's in place of the widget's, by key. */
  get strings(): Readonly<Record<string, string>>;
  set strings(words: Readonly<Record<string, string>>);
  /** Calls methods. May be set, or pushed to as an array, before the element is defined. */
  get calls(): { push(...calls: readonly TrunklineCall[]): void };
  set calls(calls: readonly TrunklineCall[] | { push(...calls: readonly TrunklineCall[]): void });

  /** Opens the window of a bubble or panel. */
  open(): void;
  /** Closes it. */
  close(): void;
  toggle(): void;
  /** Says `text` for the visitor, whether the window is open or not. */
  send(text: string): void;
  /** Joins the chats of a person whom the page knows: a JWT signed by the site; null when they log out. */
  identify(token: string | null): void;
  /** Values for the app's additional inputs, added to those given before, for all messages from this page. */
  setContext(values: TrunklineValues): void;

  addEventListener<K extends keyof TrunklineEvents>(
    type: K,
    listener: (this: TrunklineChatElement, event: TrunklineEvents[K]) => unknown,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<K extends keyof TrunklineEvents>(
    type: K,
    listener: (this: TrunklineChatElement, event: TrunklineEvents[K]) => unknown,
    options?: boolean | EventListenerOptions,
  ): void;
  removeEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject,
    options?: boolean | EventListenerOptions,
  ): void;
}

/** The attributes of `<trunkline-chat>`. */
export interface TrunklineAttributes {
  placement?: TrunklinePlacement;
  /** Present: the window of a bubble or panel is open. */
  open?: boolean | "";
  /** Which app; by default the server's own default. */
  app?: string;
  /** The server's base address; by default where `widget.js` came from. */
  server?: string;
  theme?: "light" | "dark" | "app";
  position?: "left" | "right";
  lang?: string;
  dir?: "ltr" | "rtl";
  /** A JSON object of words. */
  strings?: string;
  id?: string;
  class?: string;
  style?: string;
}

declare global {
  interface HTMLElementTagNameMap {
    "trunkline-chat": TrunklineChatElement;
  }
}
