/**
 * widget.js: everything that a page loads before the chat is first opened.
 *
 *     <script src="https://bridge.example/widget.js" async></script>
 *
 * puts a bubble in the corner of the page. Of the script's `data-*` attributes those named below become attributes of
 * its element (`data-app="support"`); `data-manual` puts none, for pages that place `<trunkline-chat>` themselves.
 *
 * Attributes of `<trunkline-chat>`
 *   placement   bubble (a launcher in the corner) | panel (at the side, with a launcher) | inline | page; default inline
 *   open        present: the window of a bubble or panel is open
 *   app         which app; default: the server's own default
 *   server      the server's base address; default: where this script came from
 *   theme       light | dark | app (the colours of the app's own page); default: as the visitor's system has it
 *   position    left | right: the corner or side of a bubble or panel; default: the end of a line of the language
 *   lang        language of the interface (en ar de es fr hi it ja pt zh); default: that of the page around it
 *   dir         ltr | rtl; default: as the language is written
 *   strings     JSON object: words of the page's in place of ours; the keys are those of src/strings.ts, and `open`,
 *               `close_chat`, `load_failed` of the launcher
 *
 * Methods      open() close() toggle() send(text) identify(token | null) setContext({input: value})
 *              What is called before the window is loaded is kept and done in order.
 * Events       open, close, send {text}, message {conversation, turn, text}, error {message, code};
 *              none of them bubbles. Code "identity": a sign-in was refused or has run out, bring another token
 * Properties   placement, server, opened (read-only); strings; calls: [["send", "Hello"], …] calls methods, and may be
 *              set or pushed to before the element is defined: `(chat.calls ??= []).push(["identify", token])`
 * CSS          --trunkline-accent, --trunkline-on-accent, --trunkline-link, --trunkline-surface, --trunkline-raised,
 *              --trunkline-text, --trunkline-muted, --trunkline-line, --trunkline-radius, --trunkline-font, --trunkline-width,
 *              --trunkline-height, --trunkline-z
 * Parts        launcher window header log turn user-message reply thought code picture gallery file frame artifact
 *              option options example welcome composer input send stop panel menu jump lightbox confirmation
 *              camera recorder
 *
 * Types for TypeScript and JSX: widget/types/trunkline.d.ts.
 */
import { TrunklineChat } from "./element";

const NAME = "trunkline-chat";
const FROM_SCRIPT = ["placement", "open", "app", "server", "theme", "position", "lang", "dir", "strings"] as const;

function start(script: HTMLScriptElement | null): void {
  if (customElements.get(NAME) === undefined) {
    TrunklineChat.home = new URL(".", script?.src ?? document.baseURI).href;
    customElements.define(NAME, TrunklineChat);
  }
  if (script === null || script.dataset["manual"] !== undefined || document.querySelector(NAME) !== null) return;
  const element = document.createElement(NAME);
  element.setAttribute("placement", "bubble");
  for (const name of FROM_SCRIPT) {
    const value = script.dataset[name];
    if (value !== undefined) element.setAttribute(name, value);
  }
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", () => stay(element));
  else stay(element);
}

/** Puts the bubble into the page, and into each body that navigation without a load puts in place of the last one. */
function stay(bubble: HTMLElement): void {
  document.body.append(bubble);
  new MutationObserver(() => {
    const carriedOff = !bubble.isConnected && bubble.parentNode !== null;
    if (carriedOff && document.querySelector(NAME) === null) document.body.append(bubble);
  }).observe(document.documentElement, { childList: true });
}

start(document.currentScript instanceof HTMLScriptElement ? document.currentScript : null);
