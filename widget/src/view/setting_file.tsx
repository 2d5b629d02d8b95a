import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { refusal } from "../connection/upload";
import type { AppInput, Json } from "../protocol";
import styles from "../styles/attach.css";
import { transfer } from "./attach";
import { acceptAttribute } from "./attachments";
import { useChat, useStyles } from "./context";
import { Icon, IconButton } from "./icons";

interface FileControlProps {
  readonly id: string;
  readonly input: AppInput;
  /** A file, or a list of them. */
  readonly value: Json;
  readonly set: (value: Json) => void;
}

/** An input that holds a file or several: what it holds, and a button that adds to it or puts another in its place. */
export function FileControl({ id, input, value, set }: FileControlProps): JSX.Element {
  const { t } = useChat();
  useStyles(styles);
  const chooser = useRef<HTMLInputElement>(null);
  const held: readonly Json[] = Array.isArray(value) ? (value as readonly Json[]) : value === null ? [] : [value];
  const give = (files: readonly Json[]): void => set(files.length === 0 ? null : input.many ? files : (files.at(-1) ?? null));
  const { busy, complaint, add } = useUploads(input, (uploads) => give(input.many ? [...held, ...uploads] : uploads));
  return (
    <>
      {held.length === 0 ? null : (
        <ul class="attachments">
          {held.map((file, index) => (
            <li class="attachment" key={index}>
              <Icon name="file" />
              <bdi class="file-name">{nameOf(file) || t("file")}</bdi>
              <IconButton
                icon="close"
                kind="small"
                label={t("remove", { name: nameOf(file) || t("file") })}
                onClick={() => give(held.filter((_, at) => at !== index))}
              />
            </li>
          ))}
        </ul>
      )}
      {complaint === "" ? null : <p class="complaint" role="alert">{complaint}</p>}
      <input
        ref={chooser}
        type="file"
        hidden
        multiple={input.many === true}
        accept={acceptAttribute(input.file_types ?? [])}
        onChange={(event) => {
          void add([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = "";
        }}
      />
      <button id={id} type="button" class="button" disabled={busy} onClick={() => chooser.current?.click()}>
        <Icon name="attach" />
        {t(busy ? "loading" : "add_files")}
      </button>
    </>
  );
}

interface Uploads {
  readonly busy: boolean;
  /** Why a file could not be taken; "" when all were. */
  readonly complaint: string;
  readonly add: (files: readonly File[]) => Promise<void>;
}

/** Uploads files for an input; `done` gets those that arrived, as the protocol names them. */
function useUploads(input: AppInput, done: (uploads: readonly Json[]) => void): Uploads {
  const chat = useChat();
  const [busy, setBusy] = useState(false);
  const [complaint, setComplaint] = useState("");
  const abort = useMemo(() => new AbortController(), []);
  useEffect(() => () => abort.abort(), [abort]);
  const add = async (files: readonly File[]): Promise<void> => {
    setBusy(true);
    setComplaint("");
    const arrived: Json[] = [];
    for (const file of files) {
      const accepts = { files: true, file_types: input.file_types ?? [] };
      const reason = refusal(file, 0, accepts, chat.client.limits.value, chat.t);
      const result = reason ?? (await transfer(chat, file, { abort }, () => undefined));
      if (typeof result === "string") setComplaint(result);
      else if (result !== null) arrived.push({ upload: result.upload, name: result.name });
    }
    setBusy(false);
    if (arrived.length > 0) done(arrived);
  };
  return { busy, complaint, add };
}

function nameOf(file: Json): string {
  const named = typeof file === "object" && file !== null ? (file as { name?: Json; orig_name?: Json }) : {};
  const name = named.name ?? named.orig_name;
  return typeof name === "string" ? name : "";
}
