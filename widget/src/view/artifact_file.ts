/** An artifact as a text to copy and a file to keep. Pure. */
import type { ArtifactPart, Json } from "../protocol";
import type { TextFile } from "./download";

export interface TableValue {
  readonly headers: readonly Json[];
  readonly data: readonly (readonly Json[])[];
}

const ENDINGS: Readonly<Record<string, string>> = {
  bash: "sh", c: "c", cpp: "cpp", csharp: "cs", css: "css", dockerfile: "Dockerfile", go: "go", html: "html",
  java: "java", javascript: "js", json: "json", jinja2: "j2", jsx: "jsx", kotlin: "kt", latex: "tex", lua: "lua",
  markdown: "md", php: "php", python: "py", r: "r", ruby: "rb", rust: "rs", shell: "sh", sql: "sql", svg: "svg",
  swift: "swift", typescript: "ts", tsx: "tsx", xml: "xml", yaml: "yaml",
};

/** The value as a table, where it is one. */
export function asTable({ kind, value = null }: ArtifactPart): TableValue | null {
  if (kind !== "table" || typeof value !== "object" || value === null) return null;
  const { headers, data } = value as { readonly headers?: Json; readonly data?: Json };
  if (!Array.isArray(headers) || !Array.isArray(data)) return null;
  const rows = data as readonly Json[];
  return { headers: headers as readonly Json[], data: rows.map((row) => (isRow(row) ? row : [row])) };
}

function isRow(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** What a cell shows. */
export function cellText(value: Json): string {
  return typeof value === "string" ? value : value === null ? "" : JSON.stringify(value);
}

/** The file that holds the artifact; null where there is none but the media itself. */
export function fileOf(artifact: ArtifactPart): TextFile | null {
  const { kind, value = null, media, language = "" } = artifact;
  const stem = (artifact.label ?? "").replace(/[\\/:*?"<>|\p{Cc}\s]+/gu, " ").trim() || kind;
  const table = asTable(artifact);
  if (table !== null) return { name: `${stem}.csv`, mime: "text/csv", text: separated(table, ",") };
  if (kind === "media") {
    return typeof media?.spec === "string" ? { name: `${stem}.html`, mime: "text/html", text: media.spec } : null;
  }
  if (typeof value !== "string") return { name: `${stem}.json`, mime: "application/json", text: JSON.stringify(value, null, 2) };
  const ending = kind === "code" ? (ENDINGS[language.toLowerCase()] ?? "txt") : "md";
  return { name: `${stem}.${ending}`, mime: "text/plain", text: value };
}

/** What is copied: tables so that a spreadsheet takes them apart again. */
export function copied(artifact: ArtifactPart): string {
  const table = asTable(artifact);
  return table === null ? (fileOf(artifact)?.text ?? "") : separated(table, "\t");
}

function separated({ headers, data }: TableValue, sign: string): string {
  const field = (value: Json): string => {
    const text = cellText(value);
    return /["\n\r]/.test(text) || text.includes(sign) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [headers, ...data].map((row) => row.map(field).join(sign)).join("\r\n");
}
