import { Lexer, type MarkedOptions, type Token, type TokensList } from "marked";

const OPTIONS: MarkedOptions = { gfm: true, breaks: true };
/** Longer texts are shown as they came: parsing them would hold the page up. */
const LONGEST = 200_000;
/** Deeper quotes and lists of one line stay text. */
const DEEPEST = 24;

/** A top-level piece of a text. Equal `key`s look equal. */
export interface Block {
  readonly key: string;
  readonly tokens: readonly Token[];
  /** It holds HTML, which is sanitised as a whole. */
  readonly html: boolean;
}

/**
 * Splits a growing Markdown text into blocks and reads only its end again.
 *
 * All blocks before the last can no longer change by what is added, so they are kept as they are. Exceptions: from
 * the first HTML on, everything is one block (an element may close anywhere), and a text with link definitions is
 * read as a whole (they hold backwards too).
 */
export class BlockReader {
  #text = "";
  #settled: readonly Block[] = [];
  #offset = 0;

  read(source: string): readonly Block[] {
    const text = source.replaceAll("\r\n", "\n").replaceAll("\r", "\n");
    if (!text.startsWith(this.#text)) this.#restart();
    this.#text = text;
    if (text.length > LONGEST) return [verbatim(text)];
    const tokens = lex(text.slice(this.#offset));
    if (tokens === null) return [...this.#settled, verbatim(text.slice(this.#offset))];
    const definitions = Object.keys(tokens.links).length;
    if (definitions > 0) {
      if (this.#offset > 0) {
        this.#restart();
        return this.read(text);
      }
      return blocksOf(tokens, definitions);
    }
    return this.#settle(tokens);
  }

  #settle(tokens: readonly Token[]): readonly Block[] {
    const last = tokens.findLastIndex((token) => token.type !== "space");
    const firstHtml = tokens.findIndex(containsHtml);
    const end = firstHtml === -1 ? last : Math.min(firstHtml, last);
    const done = tokens.slice(0, Math.max(0, end));
    this.#settled = [...this.#settled, ...blocksOf(done, 0)];
    this.#offset += done.reduce((length, token) => length + token.raw.length, 0);
    return [...this.#settled, ...blocksOf(tokens.slice(done.length), 0)];
  }

  #restart(): void {
    this.#text = "";
    this.#settled = [];
    this.#offset = 0;
  }
}

/** Does this token, or one inside it, hold raw HTML? */
export function containsHtml(token: Token): boolean {
  if (token.type === "html") return true;
  return childrenOf(token).some(containsHtml);
}

export function childrenOf(token: Token): readonly Token[] {
  if (token.type === "table") {
    const table = token as unknown as { header: readonly Cell[]; rows: readonly (readonly Cell[])[] };
    return [...table.header, ...table.rows.flat()].flatMap((cell) => cell.tokens);
  }
  if (token.type === "list") return (token as unknown as { items: readonly Token[] }).items;
  return ("tokens" in token ? token.tokens : undefined) ?? [];
}

interface Cell {
  readonly tokens: readonly Token[];
}

/** The tokens, or null where the text nests deeper than the parser can follow. */
function lex(text: string): TokensList | null {
  try {
    return new Lexer(OPTIONS).lex(limitNesting(text));
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function blocksOf(tokens: readonly Token[], definitions: number): readonly Block[] {
  const shown = tokens.filter((token) => token.type !== "space" && token.type !== "def");
  const firstHtml = shown.findIndex(containsHtml);
  const plain = firstHtml === -1 ? shown : shown.slice(0, firstHtml);
  const rest = firstHtml === -1 ? [] : tokens.slice(tokens.indexOf(shown[firstHtml] as Token));
  const blocks = plain.map((token): Block => ({ key: `${definitions}:${token.raw}`, tokens: [token], html: false }));
  if (rest.length === 0) return blocks;
  return [...blocks, { key: `${definitions}:${rest.map((token) => token.raw).join("")}`, tokens: rest, html: true }];
}

function verbatim(text: string): Block {
  return { key: text, tokens: [{ type: "text", raw: text, text }], html: false };
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
