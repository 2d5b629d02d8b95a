/**
 * Closes what the end of a growing text has opened, so that half a construct is drawn as what it will be and its signs
 * never flash. Pure; nothing but the last piece of the text (a line, or the lines of a paragraph) is touched.
 */
import { closeInline } from "./unfinished_inline";
import type { Delimiter } from "./syntax";

const FENCE = /^\s*(?:(?:[-*+]|\d+[.)])\s+|>\s?)*(`{3,}|~{3,})(.*)$/;
const HALF_FENCE = /^\s*(?:`{1,2}|~{1,2})$/;
/** A line that may become the begin of something, or an underline. */
const SIGNS_ONLY = /^\s*(?:[-=*_+~`]{1,2}|#{1,6}|\d+[.)]|>+)\s*$/;
const BEGINS_BLOCK = /^\s*(?:[-*+]\s|\d+[.)]\s|#{1,6}\s|>|\|)/;
const RULE_OF_TABLE = /^[\s|:-]*$/;

export function mend(end: string, delimiters: readonly Delimiter[]): string {
  const lines = end.split("\n");
  if (inFence(lines)) return HALF_FENCE.test(lines.at(-1) ?? "") ? lines.slice(0, -1).join("\n") : end;
  const table = tableStart(lines);
  if (table !== -1) return [...lines.slice(0, table), ...halfTable(lines.slice(table), delimiters)].join("\n");
  if (SIGNS_ONLY.test(lines.at(-1) ?? "")) return lines.slice(0, -1).join("\n");
  const begin = pieceStart(lines, delimiters);
  return [...lines.slice(0, begin), closeInline(lines.slice(begin).join("\n"), delimiters)].join("\n");
}

function inFence(lines: readonly string[]): boolean {
  let open = "";
  for (const line of lines) {
    const [, fence = "", rest = ""] = FENCE.exec(line) ?? [];
    if (fence === "") continue;
    if (open === "") open = fence;
    else if (fence.startsWith(open) && rest.trim() === "") open = "";
  }
  return open !== "";
}

/** The first line of a table whose second line is not whole yet, or -1. */
function tableStart(lines: readonly string[]): number {
  const last = lines.length - 1;
  const isHead = (at: number): boolean =>
    /^\s*\|/.test(lines[at] ?? "") && (at === 0 || /^\s*$/.test(lines[at - 1] ?? ""));
  if (isHead(last)) return last;
  if (!isHead(last - 1)) return -1;
  const rule = lines[last] ?? "";
  const whole = cells(rule) >= cells(lines[last - 1] ?? "") && !/[|:\s]$/.test(rule.replace(/\|\s*$/, ""));
  return RULE_OF_TABLE.test(rule) && !whole ? last - 1 : -1;
}

function cells(row: string): number {
  return row.trim().replace(/^\|/, "").replace(/\|$/, "").split(/(?<!\\)\|/).length;
}

function halfTable([head = ""]: readonly string[], delimiters: readonly Delimiter[]): readonly string[] {
  if (/^\s*\|?\s*$/.test(head)) return [];
  const row = closeInline(head.replace(/\s+$/, ""), delimiters);
  return [/(?<!\\)\|$/.test(row) ? row : `${row} |`, `|${"---|".repeat(cells(row))}`];
}

/** The first line of the last piece: where a block begins, unless a formula that began before is still open. */
function pieceStart(lines: readonly string[], delimiters: readonly Delimiter[]): number {
  const formula = openFormula(lines, delimiters);
  if (formula !== -1) return formula;
  for (let at = lines.length - 1; at >= 0; at -= 1) {
    const line = lines[at] ?? "";
    if (line.trim() === "") return at + 1;
    if (BEGINS_BLOCK.test(line)) return at;
  }
  return 0;
}

/** The line at whose begin a formula on lines of its own was opened and not closed, or -1. */
function openFormula(lines: readonly string[], delimiters: readonly Delimiter[]): number {
  for (let at = lines.length - 1; at >= 0; at -= 1) {
    const line = (lines[at] ?? "").trimStart();
    const opened = delimiters.find(({ left, display }) => display && line.startsWith(left));
    if (opened === undefined) continue;
    const rest = [line.slice(opened.left.length), ...lines.slice(at + 1)].join("\n");
    return rest.includes(opened.right) ? -1 : at;
  }
  return -1;
}
