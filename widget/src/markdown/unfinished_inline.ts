import type { Delimiter } from "./syntax";

/** The beginning of a tag: its name, whole attributes, half an attribute. */
const HALF_TAG =
  /^<\/?(?:[a-z][\w-]*(?:\s+[\w:-]+=(?:"[^"]*"|'[^']*'|\w+))*(?:\s+[\w:-]*(?:=(?:"[^"]*|'[^']*|\w*))?)?\s*\/?)?$/i;

/** Longer pieces are no text that people read as it comes. */
const LONGEST = 10_000;

/** Of what stands around formulas: `\begin{equation*}` and the like. */
const LONGEST_SIGN = 24;

interface Opener {
  readonly sign: string;
  readonly length: number;
}

/** A piece of text with its emphasis, code, links, formulas and tags closed at its end; what has no content yet is left out. */
export function closeInline(piece: string, delimiters: readonly Delimiter[]): string {
  if (piece.length > LONGEST) return piece;
  return new Closing(piece, [...delimiters].sort((a, b) => b.left.length - a.left.length)).closed();
}

/** What is to be done at a place: go on at another, or end the text here. */
type Step = number | { readonly text: string };

class Closing {
  readonly #piece: string;
  readonly #delimiters: readonly Delimiter[];
  readonly #openers: Opener[] = [];

  /** What the signs do that open or close something. */
  readonly #steps: Readonly<Record<string, (at: number, sign: string) => Step>> = {
    "\\": (at) => (at + 1 === this.#piece.length ? this.#cut(at) : at + 2),
    "`": (at) => this.#code(at),
    "[": (at) => this.#link(at, at),
    "!": (at) => (this.#piece.charAt(at + 1) === "[" ? this.#link(at, at + 1) : at + 1),
    "<": (at) => (HALF_TAG.test(this.#piece.slice(at)) ? this.#cut(at) : at + 1),
    "*": (at, sign) => this.#emphasis(at, sign),
    _: (at, sign) => this.#emphasis(at, sign),
    "~": (at, sign) => this.#emphasis(at, sign),
    "|": (at) => this.#cellEnds(at),
  };

  constructor(piece: string, delimiters: readonly Delimiter[]) {
    this.#piece = piece;
    this.#delimiters = delimiters;
  }

  closed(): string {
    for (let at = 0; at < this.#piece.length; ) {
      const step = this.#step(at);
      if (typeof step !== "number") return this.#ended(step.text);
      at = step;
    }
    return this.#ended(this.#piece);
  }

  #ended(text: string): string {
    if (this.#openers.length === 0) return text;
    const ends = this.#openers.map(({ sign, length }) => sign.repeat(length)).reverse();
    return text.replace(/\s+$/, "") + ends.join("");
  }

  #step(at: number): Step {
    const sign = this.#piece.charAt(at);
    return this.#formula(at) ?? this.#steps[sign]?.(at, sign) ?? at + 1;
  }

  /** Emphasis ends with the cell of a table. */
  #cellEnds(at: number): Step {
    if (this.#piece.trimStart().startsWith("|")) this.#openers.length = 0;
    return at + 1;
  }

  #cut(at: number): Step {
    return { text: this.#piece.slice(0, at) };
  }

  #formula(at: number): Step | null {
    const rest = this.#piece.slice(at, at + LONGEST_SIGN);
    if (this.#delimiters.some(({ left }) => rest.length < left.length && left.startsWith(rest))) return this.#cut(at);
    const found = this.#delimiters.find(({ left }) => this.#piece.startsWith(left, at));
    if (found === undefined) return null;
    const begin = at + found.left.length;
    const end = this.#piece.indexOf(found.right, begin);
    if (end !== -1) return end + found.right.length;
    // A single sign may be anything: a price, say.
    if (found.left.length === 1) return begin;
    const source = withoutHalf(this.#piece.slice(begin), found.right).replace(/\\+$/, "");
    if (source.trim() === "") return this.#cut(at);
    return { text: this.#piece.slice(0, begin) + source + "}".repeat(openBraces(source)) + found.right };
  }

  #code(at: number): Step {
    const [run = ""] = /^`+/.exec(this.#piece.slice(at)) ?? [];
    const begin = at + run.length;
    const closing = new RegExp(`(?<!\`)${run}(?!\`)`, "g");
    closing.lastIndex = begin;
    const found = closing.exec(this.#piece);
    if (found !== null) return found.index + run.length;
    const content = this.#piece.slice(begin).replace(/`+$/, "");
    return content.trim() === "" ? this.#cut(at) : { text: this.#piece.slice(0, begin) + content + run };
  }

  /** `at` is where the link or picture begins, `bracket` where its text does. */
  #link(at: number, bracket: number): Step {
    const end = this.#bracketEnd(bracket);
    const picture = bracket > at;
    const behind = this.#piece.charAt(end + 1);
    if (end !== -1 && behind !== "" && behind !== "(") return end + 1;
    const text = this.#piece.slice(bracket + 1, end === -1 ? undefined : end);
    if (end !== -1 && behind === "(") {
      const close = this.#piece.indexOf(")", end);
      if (close !== -1) return close + 1;
    } else if (/^[ xX]?$/.test(text)) {
      return end === -1 ? this.#cut(at) : end + 1;
    }
    const shown = text.includes("[") ? text : closeInline(text, this.#delimiters);
    return { text: this.#piece.slice(0, at) + (picture ? "" : shown) };
  }

  #bracketEnd(bracket: number): number {
    let depth = 0;
    for (let at = bracket; at < this.#piece.length; at += 1) {
      const sign = this.#piece.charAt(at);
      if (sign === "\\") at += 1;
      else if (sign === "[") depth += 1;
      else if (sign === "]") depth -= 1;
      if (depth === 0) return at;
    }
    return -1;
  }

  /** A run of signs may close several at once. */
  #close(sign: string, length: number): void {
    for (let left = length; left > 0 && this.#openers.at(-1)?.sign === sign; ) left -= this.#openers.pop()?.length ?? left;
  }

  #emphasis(at: number, sign: string): Step {
    let end = at;
    while (this.#piece.charAt(end) === sign) end += 1;
    const before = this.#piece.charAt(at - 1);
    const after = this.#piece.charAt(end);
    const last = this.#openers.at(-1);
    const closes = last?.sign === sign && !isSpace(before);
    if (after === "" && !(closes && end - at >= last.length)) return this.#cut(at);
    if (closes) this.#close(sign, end - at);
    else if (opens(sign, before, after)) this.#openers.push({ sign, length: end - at });
    return end;
  }
}

/** `text` without the first signs of `ending` at its end. */
function withoutHalf(text: string, ending: string): string {
  for (let length = ending.length - 1; length > 0; length -= 1) {
    if (text.endsWith(ending.slice(0, length))) return text.slice(0, -length);
  }
  return text;
}

function openBraces(source: string): number {
  const braces = source.replace(/\\./g, "").replace(/[^{}]/g, "");
  let open = 0;
  for (const brace of braces) open = brace === "{" ? open + 1 : Math.max(0, open - 1);
  return open;
}

function opens(sign: string, before: string, after: string): boolean {
  return !isSpace(after) && !(sign === "_" && isWord(before));
}

function isSpace(sign: string): boolean {
  return sign.trim() === "";
}

function isWord(sign: string): boolean {
  return /[\p{L}\p{N}]/u.test(sign);
}
