import type { ChatWindow, WindowOptions, mount } from "../chat";
import type { Values } from "../protocol";
import type { Host, Placement } from "../view/context";
import styles from "./launcher.css";

const PLACEMENTS: ReadonlySet<string> = new Set(["bubble", "inline", "panel", "page"]);
const CHAT_ICON = "M4 5h16v11H9l-5 4z";
const CLOSE_ICON = "M6 9l6 6 6-6";
const SVG = "http://www.w3.org/2000/svg";

interface ChatModule {
  readonly mount: typeof mount;
}

/** Texts of the launcher; the window has its own. */
const WORDS = { open: "Open the chat", close: "Close the chat", failed: "The chat could not be loaded. Try again." };

/** `<trunkline-chat>`; see widget.ts for its attributes, properties, events and parts. */
export class TrunklineChat extends HTMLElement {
  static readonly observedAttributes = ["open", "app", "server", "placement"];
  /** The address of the script's folder: the server, where no attribute names another. */
  static home = "";

  readonly #root: ShadowRoot;
  readonly #bubble: HTMLButtonElement;
  readonly #place: HTMLDivElement;
  #window: Promise<ChatWindow | null> | null = null;
  #mounted: ChatWindow | null = null;
  /** Counts what was begun and what was taken away: a load that is no longer the last one mounts nothing. */
  #life = 0;
  #connected = false;

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
    void this.#load().then((chat) => chat?.send(text));
  }

  /** Joins the chats of a person whom the page knows: a JWT signed by the site, or null on logout. */
  identify(token: string | null): void {
    void this.#load().then((chat) => chat?.identify(token));
  }

  /** Values for the app's additional inputs, by name, for all messages from this page. */
  setContext(values: Values): void {
    void this.#load().then((chat) => chat?.setContext(values));
  }

  connectedCallback(): void {
    this.#connected = true;
    this.#sync();
  }

  disconnectedCallback(): void {
    this.#connected = false;
    this.#unload();
  }

  attributeChangedCallback(name: string, before: string | null, after: string | null): void {
    // An element that stood in the page before its class was known is told of its attributes first.
    if (!this.#connected || before === after) return;
    if (name !== "open") this.#unload();
    this.#sync();
    if (name === "open") this.#openChanged();
  }

  get #closable(): boolean {
    return this.placement === "bubble" || this.placement === "panel";
  }

  #sync(): void {
    const open = this.opened;
    this.#bubble.hidden = !this.#closable;
    this.#bubble.setAttribute("aria-expanded", String(open));
    this.#bubble.setAttribute("aria-label", open ? WORDS.close : WORDS.open);
    this.#place.hidden = !open;
    if (open) void this.#load();
  }

  #openChanged(): void {
    const open = this.opened;
    this.dispatchEvent(new CustomEvent(open ? "open" : "close"));
    if (open) void this.#load().then((chat) => chat?.focus());
    else this.#bubble.focus();
  }

  #load(): Promise<ChatWindow | null> {
    this.#window ??= this.#loadWindow();
    return this.#window;
  }

  async #loadWindow(): Promise<ChatWindow | null> {
    const life = ++this.#life;
    this.#place.replaceChildren();
    try {
      const module = (await import(new URL(CHAT_MODULE, `${this.server}static/`).href)) as ChatModule;
      if (life !== this.#life) return null;
      this.#mounted = module.mount(this.#root, this.#place, this.#host(), this.#options());
      return this.#mounted;
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      if (life === this.#life) this.#failed();
      return null;
    }
  }

  #failed(): void {
    const again = document.createElement("button");
    again.className = "failed";
    again.textContent = WORDS.failed;
    again.addEventListener("click", () => {
      this.#window = null;
      void this.#load();
    });
    this.#place.replaceChildren(again);
    this.dispatchEvent(new CustomEvent("error", { detail: { message: WORDS.failed } }));
  }

  #unload(): void {
    this.#life += 1;
    this.#window = null;
    this.#mounted?.remove();
    this.#mounted = null;
  }

  #options(): WindowOptions {
    const locale = this.getAttribute("lang") ?? (document.documentElement.lang || navigator.language);
    return { server: this.server, app: this.getAttribute("app") ?? "", locale };
  }

  #host(): Host {
    return {
      placement: this.placement,
      closable: this.#closable,
      close: () => this.close(),
      emit: (name, detail) => this.dispatchEvent(new CustomEvent(name, { detail })),
    };
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
