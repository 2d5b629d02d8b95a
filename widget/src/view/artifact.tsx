import type { JSX } from "preact";
import type { ArtifactPart, Json } from "../protocol";
import { CodeBlock } from "./code";
import styles from "../styles/media.css";
import { useChat, useStyles } from "./context";
import { Media } from "./media";
import { Prose } from "./prose";

/** The value of an additional output of the app, under its label. */
export function Artifact({ artifact }: { readonly artifact: ArtifactPart }): JSX.Element {
  const label = artifact.label ?? "";
  useStyles(styles);
  return (
    <section class="artifact" part="artifact" aria-label={label || undefined}>
      {label === "" ? null : <h3>{label}</h3>}
      <ArtifactBody artifact={artifact} />
    </section>
  );
}

function ArtifactBody({ artifact }: { readonly artifact: ArtifactPart }): JSX.Element | null {
  const { t } = useChat();
  const { kind, value = null, media } = artifact;
  if (kind === "media") return media === undefined ? null : <Media media={media} />;
  if (kind === "text" && typeof value === "string") return <Prose text={value} />;
  if (kind === "code" && typeof value === "string") return <CodeBlock text={value} language={artifact.language ?? ""} />;
  const table = kind === "table" ? asTable(value) : null;
  if (table !== null) return <Table table={table} label={`${t("table")} ${artifact.label ?? ""}`.trim()} />;
  return <CodeBlock text={JSON.stringify(value, null, 2)} language="json" />;
}

interface TableValue {
  readonly headers: readonly Json[];
  readonly data: readonly (readonly Json[])[];
}

function asTable(value: Json): TableValue | null {
  if (typeof value !== "object" || value === null || !("headers" in value) || !("data" in value)) return null;
  const { headers, data } = value as { headers: Json; data: Json };
  return Array.isArray(headers) && Array.isArray(data) ? { headers: headers as Json[], data: data as Json[][] } : null;
}

function Table({ table, label }: { readonly table: TableValue; readonly label: string }): JSX.Element {
  return (
    <div class="scroll-x" tabIndex={0} role="region" aria-label={label}>
      <table>
        <thead>
          <tr>
            {table.headers.map((header, index) => (
              <th key={index}>{shown(header)}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.data.map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) => (
                <td key={column}>{shown(cell)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function shown(value: Json): string {
  return typeof value === "string" ? value : value === null ? "" : JSON.stringify(value);
}
