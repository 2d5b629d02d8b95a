import createPurifier, { type Config } from "dompurify";
import { parser, type Token } from "marked";
import { hostOf, isExternal, safeLink, safeMedia } from "./links";
import { onlyAllowed } from "./tags";

const TEXT_TAGS =
  "a abbr b blockquote br caption cite code dd del details dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i " +
  "img input ins kbd li mark ol p pre q rp rt ruby s samp small span strong sub summary sup table tbody td tfoot th " +
  "thead tr u ul var";

const CONFIG = {
  ALLOWED_TAGS: TEXT_TAGS.split(" "),
  ALLOWED_ATTR: ["alt", "align", "checked", "colspan", "dir", "disabled", "href", "open", "rowspan", "src", "start", "title", "type"],
  ALLOW_ARIA_ATTR: false,
  ALLOW_DATA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
} satisfies Config;

const ALLOWED = { tags: new Set(CONFIG.ALLOWED_TAGS), attributes: new Set(CONFIG.ALLOWED_ATTR) };

const purifier = createPurifier(window);

/**
 * The blocks as elements that run nothing and load nothing from elsewhere: a short list of tags and attributes, links
 * that open apart, and a link in place of each picture of another origin.
 */
export function sanitised(tokens: readonly Token[], base: string): DocumentFragment {
  const source = onlyAllowed(parser([...tokens], { gfm: true, breaks: true }), ALLOWED);
  const fragment = purifier.sanitize(source, CONFIG);
  for (const link of fragment.querySelectorAll("a")) hardenLink(link);
  for (const picture of fragment.querySelectorAll("img")) hardenPicture(picture, base);
  for (const input of fragment.querySelectorAll("input")) drawInput(input);
  return fragment;
}

function hardenLink(link: HTMLAnchorElement): void {
  const target = safeLink(link.getAttribute("href") ?? "");
  if (target === null) return link.removeAttribute("href");
  link.href = target;
  link.target = "_blank";
  link.rel = "noopener noreferrer nofollow";
}

function hardenPicture(picture: HTMLImageElement, base: string): void {
  const source = picture.getAttribute("src") ?? "";
  const address = safeMedia(source, base);
  if (address !== null && !isExternal(source, base)) {
    picture.src = address;
    return;
  }
  const link = document.createElement("a");
  link.textContent = picture.alt || hostOf(source);
  link.href = source;
  hardenLink(link);
  picture.replaceWith(link);
}

/** A task's box as a sign; any other field is taken out. */
function drawInput(input: HTMLInputElement): void {
  if (input.type === "checkbox") input.before(input.checked ? "☑" : "☐");
  input.remove();
}
