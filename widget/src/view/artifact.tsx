import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import type { ArtifactPart } from "../protocol";
import type { StringKey } from "../strings";
import styles from "../styles/artifact.css";
import { asTable, copied, fileOf } from "./artifact_file";
import { Beside } from "./beside";
import { CodeBlock, CopyButton } from "./code";
import { useChat, useStyles } from "./context";
import { DataTable } from "./data_table";
import { DownloadButton } from "./download";
import { JsonTree } from "./json_tree";
import { Media } from "./media";
import { Prose } from "./prose";

const KINDS: Readonly<Record<ArtifactPart["kind"], StringKey>> = {
  code: "code",
  json: "data",
  table: "table",
  text: "note",
  media: "file",
};

/** The value of an additional output of the app, under its label; beside the chat it is shown whole. */
export function Artifact({ artifact }: { readonly artifact: ArtifactPart }): JSX.Element {
  const { t } = useChat();
  useStyles(styles);
  const opener = useRef<HTMLButtonElement>(null);
  const [open, setOpen] = useState(false);
  const label = artifact.label ?? "";
  const title = label || t(KINDS[artifact.kind]);
  const close = (): void => setOpen(false);
  return (
    <section class={`artifact of-${artifact.kind}`} part="artifact" aria-label={title}>
      <header>
        <h2 dir="auto">{title}</h2>
        <button
          ref={opener}
          type="button"
          class="quiet-button"
          aria-label={t("open_beside", { title })}
          title={t("open_beside", { title })}
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
            <path d="M4 5h16v14H4zM13 5v14M16.5 9v6" />
          </svg>
        </button>
      </header>
      <div class="artifact-body">
        <ArtifactBody artifact={artifact} whole={false} />
      </div>
      {open ? (
        <Beside anchor={opener} title={title} actions={<Actions artifact={artifact} />} close={close}>
          <ArtifactBody artifact={artifact} whole />
        </Beside>
      ) : null}
    </section>
  );
}

function Actions({ artifact }: { readonly artifact: ArtifactPart }): JSX.Element | null {
  const file = fileOf(artifact);
  if (file === null) return null;
  return (
    <>
      <CopyButton text={copied(artifact)} icon />
      <DownloadButton file={file} />
    </>
  );
}

interface BodyProps {
  readonly artifact: ArtifactPart;
  readonly whole: boolean;
}

function ArtifactBody({ artifact, whole }: BodyProps): JSX.Element | null {
  const { t } = useChat();
  const { kind, value = null, media } = artifact;
  if (kind === "media") return media === undefined ? null : <Media media={media} />;
  if (kind === "text" && typeof value === "string") return <Prose text={value} />;
  if (kind === "code" && typeof value === "string") return <CodeBlock text={value} language={artifact.language ?? ""} />;
  const table = asTable(artifact);
  if (table === null) return <JsonTree value={value} open={whole ? 3 : 1} />;
  return <DataTable table={table} label={`${t("table")} ${artifact.label ?? ""}`.trim()} rows={whole ? 200 : 8} />;
}
