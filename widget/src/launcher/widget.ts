/**
 * widget.js: everything that a page loads before the chat is first opened.
 *
 *     <script src="https://bridge.example/widget.js" async></script>
 *
 * puts a bubble in the corner of the page. `data-*` attributes of the script become attributes of its element;
 * `data-manual` puts none, for pages that place `<trunkline-chat>` themselves.
 *
 * Attributes of `<trunkline-chat>`
 *   placement   bubble (a launcher in the corner) | panel (at the side, with a launcher) | inline | page; default inline
 *   open        present: the window of a bubble or panel is open
 *   app         which app; default: the server's own default
 *   server      the server's base address; default: where this script came from
 *   theme       light | dark; default: as the visitor's system has it
 *   lang        language of the interface; default: the page's
 *
 * Methods      open() close() toggle() send(text) identify(token | null) setContext({input: value})
 * Events       open, close, send {text}, message {conversation, turn, text}, error {message}; none of them bubbles
 * Properties   placement, server, opened (read-only)
 * CSS          --trunkline-accent, --trunkline-on-accent, --trunkline-surface, --trunkline-raised, --trunkline-text,
 *              --trunkline-muted, --trunkline-line, --trunkline-radius, --trunkline-font, --trunkline-width,
 *              --trunkline-height, --trunkline-z
 * Parts        launcher window header log turn user-message reply thought code picture gallery file frame artifact
 *              option options example welcome composer input send stop panel menu jump lightbox confirmation
 */
import { TrunklineChat } from "./element";

const NAME = "trunkline-chat";

function start(script: HTMLScriptElement | null): void {
  if (customElements.get(NAME) === undefined) {
    TrunklineChat.home = new URL(".", script?.src ?? document.baseURI).href;
    customElements.define(NAME, TrunklineChat);
  }
  if (script === null || script.dataset["manual"] !== undefined || document.querySelector(NAME) !== null) return;
  const element = document.createElement(NAME);
  element.setAttribute("placement", "bubble");
  for (const [name, value] of Object.entries(script.dataset)) element.setAttribute(name, value ?? "");
  if (document.readyState === "loading") addEventListener("DOMContentLoaded", () => document.body.append(element));
  else document.body.append(element);
}

start(document.currentScript instanceof HTMLScriptElement ? document.currentScript : null);
