/** The chat window: the part of the widget that is loaded when it is first opened. */
import { options, render } from "preact";
import { Client } from "./connection/client";
import { browserEnvironment, type Environment } from "./connection/environment";
import { wordsOf } from "./locales";
import type { Values } from "./protocol";
import { Cell } from "./state/cell";
import type { Words } from "./strings";
import windowStyles from "./styles/window.css";
import messageStyles from "./styles/messages.css";
import { App } from "./view/app";
import type { Host } from "./view/context";

export interface WindowOptions {
  readonly server: string;
  readonly app: string;
  readonly locale: string;
  /** Words of the page's in place of ours. */
  readonly strings: Words;
  /** Who the page says the visitor is; null: somebody logged out. */
  readonly identity: string | null | undefined;
  /** Values for the app's additional inputs. */
  readonly context: Values;
}

/** A chat window that stands in a shadow root. */
export interface ChatWindow {
  send(text: string): void;
  identify(token: string | null): void;
  setContext(values: Values): void;
  setStrings(words: Words): void;
  /** The window is shown, or hidden by its launcher. */
  setOpen(open: boolean): void;
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

/** How many windows of this page show the same app: each keeps what it has not sent yet under a name of its own. */
const places = new Set<string>();

function takePlace(given: WindowOptions): string {
  for (let number = 1; ; number += 1) {
    const place = `${given.server}:${given.app}${number === 1 ? "" : `:${number}`}`;
    if (places.has(place)) continue;
    places.add(place);
    return place;
  }
}

export function mount(root: ShadowRoot, place: HTMLElement, host: Host, given: WindowOptions): ChatWindow {
  const environment = browserEnvironment();
  const name = takePlace(given);
  const client = new Client({ ...given, place: name }, environment);
  const box: { current: HTMLTextAreaElement | null } = { current: null };
  const strings = new Cell(given.strings);
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
  const unfollow = followTheme(root.host as HTMLElement, client, (theme) => keepTheme(environment, given, theme));
  const screen = fillingScreen(place, host);
  let removed = false;
  let focused = false;
  void wordsOf(given.locale).then((words) => {
    if (removed) return;
    const translated = Object.keys(words).length > 0;
    const language = { locale: translated ? given.locale : "en", words };
    // Whoever sits here next begins with a window in which nothing was done.
    const draw = (): void => {
      const key = client.changes.value;
      render(<App key={key} client={client} host={host} box={box} adopt={adopt} language={language} strings={strings} />, place);
    };
    client.changes.subscribe(draw);
    draw();
    if (focused) box.current?.focus();
  });
  client.open();
  return {
    send(text) {
      client.send([{ type: "text", text }]);
      host.emit("send", { text });
    },
    identify: (token) => client.identify(token),
    setContext: (values) => client.setContext(values),
    setStrings: (words) => (strings.value = words),
    setOpen: screen,
    focus() {
      focused = true;
      box.current?.focus();
    },
    remove() {
      removed = true;
      unfollow();
      screen(false);
      document.removeEventListener("visibilitychange", wake);
      window.removeEventListener("online", wake);
      // A call ends with the views: the server is told.
      render(null, place);
      client.close();
      places.delete(name);
      root.adoptedStyleSheets = root.adoptedStyleSheets.filter((one) => ![...sheets.values()].includes(one));
    },
  };
}

/** For the launcher, which reads it before anything has connected. */
function keepTheme({ visitorStore }: Environment, { server, app }: WindowOptions, theme: string): void {
  visitorStore.set(`trunkline:theme:${server}:${app}`, theme);
}

/** On a phone an open bubble or panel has the screen to itself; what that takes is loaded there alone. */
function fillingScreen(place: HTMLElement, host: Host): (open: boolean) => void {
  const phone = matchMedia("(max-width: 480px)");
  let release: Promise<() => void> | null = null;
  let wanted = false;
  const sync = (): void => {
    const fill = wanted && phone.matches && host.closable;
    if (fill) {
      release ??= import("./view/phone").then(({ fillScreen }) => fillScreen(place));
    } else if (release !== null) {
      void release.then((end) => end());
      release = null;
    }
  };
  phone.addEventListener("change", sync);
  return (open) => {
    wanted = open;
    sync();
  };
}

/** With theme="app" the app's colours, and the operator's over them; only custom properties of ours are taken. */
function followTheme(element: HTMLElement, client: Client, keep: (theme: string) => void): () => void {
  let applied: readonly string[] = [];
  const apply = (): void => {
    for (const name of applied) element.style.removeProperty(name);
    const app = element.getAttribute("theme") === "app" ? client.profile.value?.theme : {};
    const theme = Object.entries({ ...app, ...client.theme.value }).filter(([name]) => name.startsWith("--trunkline-"));
    for (const [name, value] of theme) element.style.setProperty(name, value);
    applied = theme.map(([name]) => name);
    if (app !== undefined) keep(JSON.stringify(theme));
  };
  const watching = new MutationObserver(apply);
  watching.observe(element, { attributeFilter: ["theme"] });
  const unfollow = [client.theme.subscribe(apply), client.profile.subscribe(apply)];
  return () => {
    watching.disconnect();
    for (const end of unfollow) end();
  };
}
