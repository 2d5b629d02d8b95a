import { Lexer, type MarkedOptions, type Token, type TokensList } from "marked";

/** Longer texts are shown as they came: parsing them would hold the page up. */
const LONGEST = 200_000;
/** Deeper quotes and lists of one line stay text. */
const DEEPEST = 24;
/** Elements that need no end. */
const ENDLESS = /^(?:br|hr|img|input|wbr|p|li|d[td]|t[hrd]|source|col)$/i;
const TAG = /<!--[^]*?-->|<(\/?)([a-z][\w-]*)(?:"[^"]*"|'[^']*'|[^'">])*>/gi;

/** How a text is to be read. */
export interface Syntax {
  /** Another syntax has another name. */
  readonly name: string;
  readonly options: MarkedOptions;
  /** Closes what the end of a growing text has opened. */
  readonly mend?: (end: string) => string;
}

/** As Gradio reads Markdown, unless the app says otherwise. */
export const PLAIN: Syntax = { name: "", options: { gfm: true, breaks: true } };

/** A top-level piece of a text. Equal `key`s look equal. */
export interface Block {
  readonly key: string;
  readonly tokens: readonly Token[];
}

/**
 * Splits a growing Markdown text into blocks and reads only its end again.
 *
 * All blocks before the last can no longer change by what is added, so they are kept as they are. HTML elements are
 * one block with all that stands in them; a text with link definitions is read as a whole (they hold backwards too).
 */
export class BlockReader {
  readonly #syntax: Syntax;
  #text = "";
  #settled: readonly Block[] = [];
  #offset = 0;

  constructor(syntax: Syntax = PLAIN) {
    this.#syntax = syntax;
  }

  read(source: string): readonly Block[] {
    const text = limitNesting(source.replaceAll("\r\n", "\n").replaceAll("\r", "\n"));
    if (!text.startsWith(this.#text)) this.#restart();
    this.#text = text;
    if (text.length > LONGEST) return [verbatim(text)];
    const end = text.slice(this.#offset);
    const tokens = this.#lex(this.#syntax.mend?.(end) ?? end);
    if (tokens === null) return [...this.#settled, verbatim(end)];
    const definitions = Object.keys(tokens.links).length;
    if (definitions > 0) {
      if (this.#offset > 0) {
        this.#restart();
        return this.read(source);
      }
      return this.#blocks(groups(tokens), definitions);
    }
    return this.#settle(tokens);
  }

  #settle(tokens: readonly Token[]): readonly Block[] {
    const found = groups(tokens);
    const done = found.slice(0, -1);
    this.#settled = [...this.#settled, ...this.#blocks(done, 0)];
    this.#offset += done.flat().reduce((length, token) => length + token.raw.length, 0);
    return [...this.#settled, ...this.#blocks(found.slice(-1), 0)];
  }

  #blocks(found: readonly (readonly Token[])[], definitions: number): readonly Block[] {
    return found.flatMap((group) => {
      const tokens = group.filter((token) => token.type !== "space" && token.type !== "def");
      const raw = tokens.map((token) => token.raw).join("");
      return tokens.length === 0 ? [] : [{ key: `${this.#syntax.name}:${definitions}:${raw}`, tokens }];
    });
  }

  /** The tokens, or null where the text nests deeper than the parser can follow. */
  #lex(text: string): TokensList | null {
    try {
      return new Lexer(this.#syntax.options).lex(text);
    } catch (error) {
      if (error instanceof RangeError) return null;
      throw error;
    }
  }

  #restart(): void {
    this.#text = "";
    this.#settled = [];
    this.#offset = 0;
  }
}

/** Tokens that belong together: each alone, HTML elements with all up to their end. White space joins what is before. */
function groups(tokens: readonly Token[]): readonly (readonly Token[])[] {
  const found: Token[][] = [];
  let open = 0;
  for (const token of tokens) {
    const last = found.at(-1);
    if (last !== undefined && (open > 0 || token.type === "space")) last.push(token);
    else found.push([token]);
    if (token.type === "html") open = Math.max(0, open + opened(token.raw));
  }
  return found;
}

/** How many more elements begin than end here. */
function opened(html: string): number {
  let open = 0;
  for (const [tag, slash, name = ""] of html.matchAll(TAG)) {
    if (name !== "" && !ENDLESS.test(name) && !tag.endsWith("/>")) open += slash === "" ? 1 : -1;
  }
  return open;
}

function verbatim(text: string): Block {
  return { key: text, tokens: [{ type: "text", raw: text, text }] };
}

/** The same text, in which no line opens more than `DEEPEST` quotes and lists at once. */
export function limitNesting(text: string): string {
  if (!text.includes(">".repeat(2)) && !text.includes("> ") && !text.includes("- -")) return text;
  return text.split("\n").map(limitLine).join("\n");
}

function limitLine(line: string): string {
  let depth = 0;
  for (let at = 0; at < line.length; at += 1) {
    const sign = line.charAt(at);
    if (sign === " " || sign === "\t") continue;
    const opens = sign === ">" || ("-*+".includes(sign) && line.charAt(at + 1) === " ");
    if (!opens) return line;
    depth += 1;
    if (depth > DEEPEST) return `${line.slice(0, at)}\\${line.slice(at)}`;
  }
  return line;
}
