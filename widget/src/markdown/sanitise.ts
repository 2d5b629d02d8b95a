import createPurifier, { type Config } from "dompurify";
import { onlyAllowed } from "./tags";

/** Stands where something else than HTML is drawn. */
export const SLOT = "trunkline-slot";
/** Attributes that an element may keep when it is drawn. */
export const ATTRIBUTES: ReadonlySet<string> = new Set(["align", "colspan", "dir", "open", "rowspan", "start", "title"]);

const TEXT_TAGS =
  "a abbr b blockquote br caption center cite code dd del details dfn div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 " +
  "hr i img input ins kbd li mark ol p pre q rp rt ruby s samp small span strong sub summary sup table tbody td tfoot " +
  "th thead tr u ul var wbr";

const CONFIG = {
  ALLOWED_TAGS: [...TEXT_TAGS.split(" "), SLOT],
  ALLOWED_ATTR: [...ATTRIBUTES, "alt", "checked", "href", "src", "type"],
  ALLOW_ARIA_ATTR: false,
  ALLOW_DATA_ATTR: false,
  RETURN_DOM_FRAGMENT: true,
} satisfies Config;

const ALLOWED = { tags: new Set(CONFIG.ALLOWED_TAGS), attributes: new Set(CONFIG.ALLOWED_ATTR) };

const purifier = createPurifier(window);

/** The HTML as a tree that holds a short list of tags and attributes and is part of no page. Addresses are not judged. */
export function sanitised(html: string): DocumentFragment {
  return purifier.sanitize(onlyAllowed(html, ALLOWED), CONFIG);
}
