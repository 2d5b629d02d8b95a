const TAG = /<(\/?)([a-z][^\s/>]*)/iy;
const ATTRIBUTE = /[\s/]*([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'=<>`]+)))?/y;
const TAG_END = /[\s/]*>/y;
/** What stands between the tags of these is no text of the page. */
const OPAQUE: ReadonlySet<string> = new Set([
  "iframe",
  "noembed",
  "noframes",
  "noscript",
  "script",
  "style",
  "template",
  "textarea",
  "title",
  "xmp",
]);

/** The elements of HTML, SVG and MathML: a tag of any other name is none, and is shown as it is written. */
const ELEMENTS: ReadonlySet<string> = new Set(
  (
    "a abbr acronym address animate animatemotion animatetransform annotation applet area article aside audio b base " +
    "basefont bdi bdo bgsound big blink blockquote body br button canvas caption center circle cite clippath code col " +
    "colgroup data datalist dd defs del desc details dfn dialog dir div dl dt ellipse em embed fieldset figcaption " +
    "figure filter font footer foreignobject form frame frameset g h1 h2 h3 h4 h5 h6 head header hgroup hr html i " +
    "iframe image img input ins isindex kbd keygen label legend li line lineargradient link listing main map mark " +
    "marker marquee mask math menu menuitem meta meter mfrac mglyph mi mn mo mover mprescripts mroot mrow ms mspace " +
    "msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover nav nobr noembed noframes noscript object ol " +
    "optgroup option output p param path pattern picture plaintext polygon polyline portal pre progress q " +
    "radialgradient rb rect rp rt rtc ruby s samp script search section select semantics set slot small source spacer " +
    "span stop strike strong style sub summary sup svg switch symbol table tbody td template text textarea tfoot th " +
    "thead time title tr track tspan tt u ul use var video view wbr xmp"
  ).split(" "),
);

export interface Allowed {
  readonly tags: ReadonlySet<string>;
  readonly attributes: ReadonlySet<string>;
}

/**
 * `html` written anew with nothing but the allowed tags and attributes in it; comments and the like are left out, and
 * what only looks like a tag, as in `List<String>`, is text.
 *
 * This is no sanitiser: it comes before one. A browser reports inline handlers and styles to the page's
 * Content-Security-Policy as soon as it parses them, even where they can never run, so it must not see them.
 */
export function onlyAllowed(html: string, allowed: Allowed): string {
  let written = "";
  let at = 0;
  const ends = new Ends(html);
  while (at < html.length) {
    const open = html.indexOf("<", at);
    if (open === -1) return written + html.slice(at);
    const tag = readTag(html, open, allowed, ends);
    written += html.slice(at, open) + tag.written;
    at = tag.end;
  }
  return written;
}

interface Read {
  readonly written: string;
  readonly end: number;
}

function readTag(html: string, open: number, allowed: Allowed, ends: Ends): Read {
  if (html.startsWith("<!--", open)) return leftOut(ends.behind("-->", open), open);
  if ("!?".includes(html.charAt(open + 1))) return leftOut(ends.behind(">", open), open);
  const start = matchAt(TAG, html, open);
  if (start === null) return { written: "&lt;", end: open + 1 };
  const [opening, slash = "", given = ""] = start;
  const name = given.toLowerCase();
  const [attributes, behind] = readAttributes(html, open + opening.length, allowed);
  const closing = matchAt(TAG_END, html, behind);
  if (closing === null) return { written: "&lt;", end: open + 1 };
  const end = behind + closing[0].length;
  if (slash === "" && OPAQUE.has(name)) return leftOut(ends.behindElement(name, end), open);
  if (!allowed.tags.has(name)) {
    return { written: ELEMENTS.has(name) ? "" : html.slice(open, end).replaceAll("<", "&lt;"), end };
  }
  return { written: slash === "" ? `<${name}${attributes}>` : `</${name}>`, end };
}

/** What never ends is text: an app that writes about `<style>` must not lose the rest of its reply. */
function leftOut(end: number | null, open: number): Read {
  return end === null ? { written: "&lt;", end: open + 1 } : { written: "", end };
}

function readAttributes(html: string, start: number, { attributes }: Allowed): [string, number] {
  let written = "";
  let at = start;
  for (;;) {
    const found = matchAt(ATTRIBUTE, html, at);
    if (found === null) return [written, at];
    at += found[0].length;
    const name = found[1]?.toLowerCase() ?? "";
    const value = found[2] ?? found[3] ?? found[4] ?? "";
    if (attributes.has(name)) written += ` ${name}="${value.replaceAll('"', "&quot;").replaceAll("<", "&lt;")}"`;
  }
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** Finds where something ends. What is missing is looked for once, so that reading takes linear time. */
class Ends {
  readonly #html: string;
  readonly #missing = new Set<string>();

  constructor(html: string) {
    this.#html = html;
  }

  /** The place behind the next `sign`, null when there is none. */
  behind(sign: string, from: number): number | null {
    if (this.#missing.has(sign)) return null;
    const found = matchAt(new RegExp(sign, "gi"), this.#html, from);
    if (found !== null) return found.index + sign.length;
    this.#missing.add(sign);
    return null;
  }

  behindElement(name: string, from: number): number | null {
    const closing = this.behind(`</${name}`, from);
    return closing === null ? null : this.behind(">", closing);
  }
}
