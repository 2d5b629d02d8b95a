import type { ChatWindow, WindowOptions, mount } from "../chat";
import type { Values } from "../protocol";
import type { Host, Placement } from "../view/context";
import styles from "./launcher.css";
import { direction, launcherWord, type LauncherKey } from "./words";

const PLACEMENTS: ReadonlySet<string> = new Set(["bubble", "inline", "panel", "page"]);
const METHODS: ReadonlySet<string> = new Set(["open", "close", "toggle", "send", "identify", "setContext"]);
/** Attributes that make another window; the others change the one there is. */
const REBUILDS: ReadonlySet<string> = new Set(["app", "server", "placement", "lang"]);
const CHAT_ICON = "M4 5h16v11H9l-5 4z";
const CLOSE_ICON = "M6 9l6 6 6-6";
const SVG = "http://www.w3.org/2000/svg";

type Words = Readonly<Record<string, string>>;
/** A method's name and its arguments. */
type Call = readonly [name: string, ...given: unknown[]];

interface Calls {
  push(...calls: readonly Call[]): void;
}

interface ChatModule {
  readonly mount: typeof mount;
}

/** `<trunkline-chat>`; see widget.ts for its attributes, properties, events and parts. */
export class TrunklineChat extends HTMLElement {
  static readonly observedAttributes = ["open", "app", "server", "placement", "lang", "dir", "strings"];
  /** The address of the script's folder: the server, where no attribute names another. */
  static home = "";

  readonly #root: ShadowRoot;
  readonly #bubble: HTMLButtonElement;
  readonly #place: HTMLDivElement;
  #module: ChatModule | null = null;
  #loading: Promise<void> | null = null;
  #window: ChatWindow | null = null;
  /** What the window is to do as soon as there is one. */
  readonly #waiting: ((chat: ChatWindow) => void)[] = [];
  /** Counts what was begun and what was taken away: a load that is no longer the last one mounts nothing. */
  #life = 0;
  #connected = false;
  #strings: Words = {};
  #identity: string | null | undefined;
  #context: Values = {};

  constructor() {
    super();
    this.#root = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(styles);
    this.#root.adoptedStyleSheets = [sheet];
    this.#bubble = bubble(() => this.toggle());
    this.#place = document.createElement("div");
    this.#place.className = "place";
    this.#root.append(this.#place, this.#bubble);
  }

  get placement(): Placement {
    const value = this.getAttribute("placement") ?? "inline";
    return PLACEMENTS.has(value) ? (value as Placement) : "inline";
  }

  /** The server's base address. */
  get server(): string {
    const base = new URL(this.getAttribute("server") ?? TrunklineChat.home, document.baseURI).href;
    return base.endsWith("/") ? base : `${base}/`;
  }

  get opened(): boolean {
    return this.hasAttribute("open") || !this.#closable;
  }

  /** Words of the page's in place of ours, by key. */
  get strings(): Words {
    return { ...parsed(this.getAttribute("strings")), ...this.#strings };
  }

  set strings(words: Words) {
    this.#strings = words;
    this.#sync();
    this.#window?.setStrings(this.strings);
  }

  /** Takes calls of methods: `push(["send", "Hello"])`, also as an array from before the element was defined. */
  get calls(): Calls {
    return {
      push: (...calls) => {
        for (const [name, ...given] of calls) {
          if (!METHODS.has(name)) throw new TypeError(`trunkline-chat has no method ${name}`);
          (this as unknown as Record<string, (...values: unknown[]) => void>)[name]?.(...given);
        }
      },
    };
  }

  set calls(calls: Calls | readonly Call[]) {
    if (Array.isArray(calls)) this.calls.push(...(calls as readonly Call[]));
  }

  open(): void {
    this.toggleAttribute("open", true);
  }

  close(): void {
    this.toggleAttribute("open", false);
  }

  toggle(): void {
    this.toggleAttribute("open");
  }

  /** Says `text` for the visitor. */
  send(text: string): void {
    this.#tell((chat) => chat.send(text));
  }

  /** Joins the chats of a person whom the page knows: a JWT signed by the site, or null on logout. */
  identify(token: string | null): void {
    this.#identity = token;
    this.#window?.identify(token);
  }

  /** Values for the app's additional inputs, by name, for all messages from this page. */
  setContext(values: Values): void {
    this.#context = { ...this.#context, ...values };
    this.#window?.setContext(values);
  }

  connectedCallback(): void {
    const moved = this.#connected;
    this.#connected = true;
    this.#adopt();
    if (!moved) {
      this.#recallTheme();
      this.#sync();
    }
  }

  disconnectedCallback(): void {
    // Moved within the page it is back before this runs, and keeps its window.
    queueMicrotask(() => {
      if (this.isConnected) return;
      this.#connected = false;
      this.#unload();
    });
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    // An element that stood in the page before its class was known is told of its attributes first.
    if (!this.#connected || before === after) return;
    if (REBUILDS.has(name)) this.#unload();
    this.#sync();
    if (name === "open") this.#openChanged();
    if (name === "strings") this.#window?.setStrings(this.strings);
  }

  get #closable(): boolean {
    return this.placement === "bubble" || this.placement === "panel";
  }

  /** The language of the interface: the element's, else that of the part of the page it stands in. */
  get #language(): string {
    return this.closest("[lang]")?.getAttribute("lang") || document.documentElement.lang || navigator.language;
  }

  /** Takes over what the page had set before the class was known. */
  #adopt(): void {
    for (const name of ["strings", "calls"] as const) {
      if (!Object.hasOwn(this, name)) continue;
      const value: unknown = this[name];
      Reflect.deleteProperty(this, name);
      Reflect.set(this, name, value);
    }
  }

  /** The window's colours as this browser saw them last: a bubble has them before anything has connected. */
  #recallTheme(): void {
    const theme = remembered(`trunkline:theme:${this.server}:${this.getAttribute("app") ?? ""}`);
    for (const [name, value] of theme) if (name.startsWith("--trunkline-")) this.style.setProperty(name, value);
  }

  #word(key: LauncherKey): string {
    return launcherWord(key, this.#language, this.strings);
  }

  #sync(): void {
    if (!this.#connected) return;
    const open = this.opened;
    const dir = this.getAttribute("dir") ?? direction(this.#language);
    this.#bubble.hidden = !this.#closable;
    this.#bubble.setAttribute("aria-expanded", String(open));
    this.#bubble.setAttribute("aria-label", this.#word(open ? "close_chat" : "open"));
    this.#place.hidden = !open;
    this.#bubble.dir = this.#place.dir = dir;
    this.#window?.setOpen(open);
    if (open || this.#waiting.length > 0) void this.#load();
  }

  #openChanged(): void {
    const open = this.opened;
    this.dispatchEvent(new CustomEvent(open ? "open" : "close"));
    if (open) this.#tell((chat) => chat.focus());
    else this.#bubble.focus();
  }

  /** Has the window do something, in order, now or when it is there. */
  #tell(task: (chat: ChatWindow) => void): void {
    this.#waiting.push(task);
    if (this.#window !== null) this.#catchUp(this.#window);
    else if (this.#connected) void this.#load();
  }

  #catchUp(chat: ChatWindow): void {
    for (const task of this.#waiting.splice(0)) task(chat);
  }

  #load(): Promise<void> {
    this.#loading ??= this.#loadWindow();
    return this.#loading;
  }

  async #loadWindow(): Promise<void> {
    const life = ++this.#life;
    this.#place.replaceChildren();
    try {
      const module = await this.#import();
      if (life === this.#life) this.#mount(module);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      if (life === this.#life) this.#failed();
    }
  }

  async #import(): Promise<ChatModule> {
    try {
      // What the first one imports is asked for with it, not after it.
      const folder = `${this.server}static/`;
      const modules: unknown[] = await Promise.all(CHAT_MODULES.map((name) => import(new URL(name, folder).href)));
      return modules[0] as ChatModule;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      return this.#newest();
    }
  }

  /** The window of the server as it is now, which may be younger than this script. */
  async #newest(): Promise<ChatModule> {
    return (await import(new URL(`chat.js?${Date.now()}`, `${this.server}static/`).href)) as ChatModule;
  }

  #mount(module: ChatModule): void {
    this.#module = module;
    this.#window = module.mount(this.#root, this.#place, this.#host(), this.#options());
    this.#window.setOpen(this.opened);
    this.#catchUp(this.#window);
  }

  /** Puts a younger window in place of one whose parts the server has no more; false when there is none. */
  async #renew(): Promise<boolean> {
    const fresh = await this.#newest().catch(unreachable);
    if (fresh === null || fresh.mount === this.#module?.mount) return false;
    this.#unload();
    this.#loading = Promise.resolve();
    this.#place.replaceChildren();
    this.#mount(fresh);
    return true;
  }

  #failed(): void {
    const message = this.#word("load_failed");
    const again = document.createElement("button");
    again.className = "failed";
    again.textContent = message;
    again.addEventListener("click", () => {
      this.#loading = null;
      void this.#load();
    });
    this.#place.replaceChildren(again);
    this.dispatchEvent(new CustomEvent("error", { detail: { message } }));
  }

  #unload(): void {
    this.#life += 1;
    this.#loading = null;
    this.#window?.remove();
    this.#window = null;
  }

  #options(): WindowOptions {
    return {
      server: this.server,
      app: this.getAttribute("app") ?? "",
      locale: this.#language,
      strings: this.strings,
      identity: this.#identity,
      context: this.#context,
    };
  }

  #host(): Host {
    return {
      placement: this.placement,
      closable: this.#closable,
      close: () => this.close(),
      emit: (name, detail) => this.dispatchEvent(new CustomEvent(name, { detail })),
      renew: () => this.#renew(),
    };
  }
}

function unreachable(error: unknown): null {
  if (error instanceof TypeError) return null;
  throw error;
}

/** Pairs of texts that the window has kept in the browser; none where the browser keeps nothing, or something else. */
function remembered(key: string): readonly (readonly [string, string])[] {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "[]") as [string, string][];
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof DOMException) return [];
    throw error;
  }
}

/** The words of the `strings` attribute; a mistake in it is the page author's to see, and leaves ours. */
function parsed(text: string | null): Words {
  if (text === null) return {};
  try {
    return JSON.parse(text) as Words;
  } catch (error) {
    console.error(`trunkline-chat: the strings attribute is no JSON object: ${String(error)}`);
    return {};
  }
}

function bubble(press: () => void): HTMLButtonElement {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "launcher";
  button.part = "launcher";
  button.append(icon(CHAT_ICON, "when-closed"), icon(CLOSE_ICON, "when-open"));
  button.addEventListener("click", press);
  return button;
}

function icon(path: string, name: string): SVGSVGElement {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", name);
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}
