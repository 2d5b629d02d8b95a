import katex, { ParseError } from "katex";
import katexStyles from "katex/dist/katex.min.css";
import type { Hooks, MarkedOptions, TokenizerExtensionFunction, TokenizerStartFunction, Tokens } from "marked";
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import styles from "../styles/math.css";
import { useStyles } from "../view/context";
import type { SelfDrawn } from "./markdown";
import type { Delimiter } from "./syntax";

/** Longer formulas are shown as they were written. */
const LONGEST = 8_000;
/** `trust` is false: a formula makes no links, loads nothing and sets no attributes. */
const LIMITS = { throwOnError: true, strict: "ignore", trust: false, maxExpand: 500, maxSize: 30 } as const;

interface MathToken extends SelfDrawn {
  readonly type: "math";
  readonly source: string;
  readonly display: boolean;
}

/** Reads what stands between the delimiters as formulas; code comes first. */
export function mathOptions(delimiters: readonly Delimiter[]): MarkedOptions {
  const longestFirst = [...delimiters].sort((a, b) => b.left.length - a.left.length);
  const inline: TokenizerExtensionFunction = (text) => formulaAt(text, longestFirst);
  const block: TokenizerExtensionFunction = (text) => blockFormula(text, longestFirst);
  const startInline: TokenizerStartFunction = (text) => firstOf(longestFirst.map(({ left }) => text.indexOf(left)));
  const startBlock: TokenizerStartFunction = (text) => startOfBlock(text, longestFirst);
  // Of marked's hooks the lexer knows this one alone.
  const hooks: Pick<Hooks, "emStrongMask"> = { emStrongMask: (text) => masked(text, longestFirst) };
  return {
    extensions: {
      renderers: {},
      childTokens: {},
      inline: [inline],
      block: [block],
      startInline: [startInline],
      startBlock: [startBlock],
    },
    hooks: hooks as Hooks,
  };
}

function formulaAt(text: string, delimiters: readonly Delimiter[]): MathToken | undefined {
  for (const { left, right, display } of delimiters) {
    if (!text.startsWith(left)) continue;
    const end = endOf(text, left, right);
    if (end === -1) continue;
    const raw = text.slice(0, end);
    return { type: "math", raw, source: raw.slice(left.length, -right.length), display, view: Formula };
  }
  return undefined;
}

/** A formula on lines of its own, in which nothing is Markdown. */
function blockFormula(text: string, delimiters: readonly Delimiter[]): Tokens.Generic | undefined {
  const [indent = ""] = /^ {0,3}/.exec(text) ?? [];
  const found = formulaAt(text.slice(indent.length), delimiters.filter(({ display }) => display));
  if (found === undefined) return undefined;
  const raw = indent + found.raw;
  const [rest] = /^[ \t]*(?:\n+|$)/.exec(text.slice(raw.length)) ?? [];
  return rest === undefined ? undefined : { ...found, raw: raw + rest };
}

function endOf(text: string, left: string, right: string): number {
  let depth = 0;
  for (let at = left.length; at < text.length; at += 1) {
    if (depth <= 0 && at > left.length && text.startsWith(right, at)) {
      return isSum(text, left, at) ? -1 : at + right.length;
    }
    const sign = text.charAt(at);
    if (sign === "\\") at += 1;
    else if (sign === "{") depth += 1;
    else if (sign === "}") depth -= 1;
    else if (sign === "\n" && left.length === 1 && text.charAt(at + 1) === "\n") return -1;
  }
  return -1;
}

/** "$5 and $6": sums of money, and no formula. */
function isSum(text: string, left: string, end: number): boolean {
  return left === "$" && (/^\s/.test(text.slice(1)) || /\s$/.test(text.slice(0, end)) || /^\$\d/.test(text.slice(end)));
}

function startOfBlock(text: string, delimiters: readonly Delimiter[]): number {
  const starts = delimiters.filter(({ display }) => display).map(({ left }) => text.indexOf(`\n${left}`) + 1);
  return firstOf(starts.map((start) => (start === 0 ? -1 : start)));
}

function firstOf(places: readonly number[]): number {
  const found = places.filter((place) => place >= 0);
  return found.length === 0 ? -1 : Math.min(...found);
}

/** The text without the signs of its formulas, so that none of them is taken for emphasis. */
function masked(text: string, delimiters: readonly Delimiter[]): string {
  let result = "";
  for (let at = 0; at < text.length; ) {
    const formula = formulaAt(text.slice(at), delimiters);
    result += formula === undefined ? text.charAt(at) : "a".repeat(formula.raw.length);
    at += formula === undefined ? 1 : formula.raw.length;
  }
  return result;
}

/** A formula, set; while it is written the last that could be set stays, and what never can be is shown as it is. */
export function Formula({ token }: { readonly token: MathToken }): JSX.Element {
  useStyles(katexStyles);
  useStyles(styles);
  const place = useRef<HTMLElement>(null);
  const { source, display } = token;
  useLayoutEffect(() => {
    loadFonts();
    if (place.current !== null) set(place.current, source, display);
  }, [source, display]);
  return <span ref={place} class={display ? "math display" : "math"} part="math" dir="ltr" />;
}

const shown = new WeakMap<HTMLElement, string>();

function set(place: HTMLElement, source: string, display: boolean): void {
  const fresh = document.createElement("span");
  if (source.length <= LONGEST && rendered(fresh, source, display)) {
    shown.set(place, source);
    place.replaceChildren(fresh);
    return;
  }
  const before = shown.get(place);
  if (before !== undefined && source.startsWith(before)) return;
  fresh.className = "math-source";
  fresh.textContent = source.trim();
  place.replaceChildren(fresh);
}

/** False for what is no formula, or nests too deep. */
function rendered(place: HTMLElement, source: string, display: boolean): boolean {
  try {
    katex.render(source, place, { ...LIMITS, displayMode: display });
    return true;
  } catch (error) {
    if (error instanceof ParseError || error instanceof RangeError) return false;
    throw error;
  }
}

let fontsAsked = false;

/** Fonts are the document's: a shadow root has none. Each is fetched when a sign needs it. */
function loadFonts(): void {
  if (fontsAsked || !("fonts" in document)) return;
  fontsAsked = true;
  for (const { family, weight, style, file } of MATH_FONTS) {
    document.fonts.add(new FontFace(family, `url(${new URL(file, import.meta.url).href})`, { weight, style }));
  }
}
