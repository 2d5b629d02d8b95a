/** The chat window: the part of the widget that is loaded when it is first opened. */
import { options, render } from "preact";
import { Client } from "./connection/client";
import { browserEnvironment } from "./connection/environment";
import type { Values } from "./protocol";
import windowStyles from "./styles/window.css";
import messageStyles from "./styles/messages.css";
import { App } from "./view/app";
import type { Host } from "./view/context";

export interface WindowOptions {
  readonly server: string;
  readonly app: string;
  readonly locale: string;
}

/** A chat window that stands in a shadow root. */
export interface ChatWindow {
  send(text: string): void;
  identify(token: string | null): void;
  setContext(values: Values): void;
  focus(): void;
  /** Takes it away and ends its connection. */
  remove(): void;
}

// Whatever arrives within a frame is drawn once.
options.debounceRendering = (draw) => requestAnimationFrame(draw);

const sheets = new Map<string, CSSStyleSheet>();

/** Adopted sheets need no `style-src 'unsafe-inline'` of the page. */
function sheet(styles: string): CSSStyleSheet {
  const known = sheets.get(styles);
  if (known !== undefined) return known;
  const fresh = new CSSStyleSheet();
  fresh.replaceSync(styles);
  sheets.set(styles, fresh);
  return fresh;
}

export function mount(root: ShadowRoot, place: HTMLElement, host: Host, given: WindowOptions): ChatWindow {
  const client = new Client(given, browserEnvironment());
  const box: { current: HTMLTextAreaElement | null } = { current: null };
  const adopt = (styles: string): void => {
    const wanted = sheet(styles);
    if (!root.adoptedStyleSheets.includes(wanted)) root.adoptedStyleSheets.push(wanted);
  };
  adopt(windowStyles);
  adopt(messageStyles);
  const wake = (): void => {
    if (document.visibilityState === "visible") client.wake();
  };
  document.addEventListener("visibilitychange", wake);
  window.addEventListener("online", wake);
  const unfollow = client.theme.subscribe((theme) => applyTheme(root.host as HTMLElement, theme));
  render(<App client={client} host={host} box={box} adopt={adopt} />, place);
  client.open();
  return {
    send: (text) => client.send([{ type: "text", text }]),
    identify: (token) => client.identify(token),
    setContext: (values) => client.setContext(values),
    focus: () => box.current?.focus(),
    remove() {
      unfollow();
      document.removeEventListener("visibilitychange", wake);
      window.removeEventListener("online", wake);
      client.close();
      render(null, place);
      root.adoptedStyleSheets = root.adoptedStyleSheets.filter((one) => ![...sheets.values()].includes(one));
    },
  };
}

/** The operator's colours; only custom properties of ours are taken. */
function applyTheme(element: HTMLElement, theme: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(theme)) {
    if (name.startsWith("--trunkline-")) element.style.setProperty(name, value);
  }
}
