/** Attaching files: loaded with the first of them. */
import type { JSX } from "preact";
import { kindOf, refusal, upload, UploadRefused, type Uploaded } from "../connection/upload";
import styles from "../styles/attach.css";
import { asPart, newKey, type Attachment, type Attachments } from "./attachments";
import { useChat, useStyles, type Chat } from "./context";
import { Icon, IconButton } from "./icons";

interface Listener {
  complain(sentence: string): void;
  begin(item: Attachment): void;
  change(key: number, next: Partial<Attachment>): void;
  remove(key: number): void;
}

/** Starts the upload of each file that may be attached to a message that has `attached` already. */
export function attach(chat: Chat, files: readonly File[], attached: number, listener: Listener): void {
  let count = attached;
  for (const file of files) {
    const accepts = chat.client.profile.value?.accepts ?? {};
    const reason = refusal(file, count, accepts, chat.client.limits.value, chat.t);
    if (reason !== null) {
      listener.complain(reason);
      continue;
    }
    count += 1;
    const item = begun(file);
    listener.begin(item);
    void transfer(chat, file, item, (progress) => listener.change(item.key, { progress })).then((result) => {
      if (typeof result === "string") listener.complain(result);
      if (result === null || typeof result === "string") listener.remove(item.key);
      else listener.change(item.key, { uploaded: asPart(result), progress: 1 });
    });
  }
}

function begun(file: File): Attachment {
  const kind = kindOf(file.type);
  const sound = kind === "audio";
  const preview = sound || kind === "image" ? URL.createObjectURL(file) : "";
  return { key: newKey(), name: file.name, preview, sound, progress: 0, uploaded: null, abort: new AbortController() };
}

/** The uploaded file, the sentence why not, or null when it was taken back. */
export async function transfer(
  { client, t }: Chat,
  file: File,
  item: Pick<Attachment, "abort">,
  progress: (share: number) => void,
): Promise<Uploaded | string | null> {
  const app = encodeURIComponent(client.profile.value?.name ?? "");
  const request = {
    address: client.resolve(`upload?app=${app}`),
    visitorToken: client.visitorToken,
    file,
    progress,
    signal: item.abort.signal,
  };
  try {
    return await upload(request);
  } catch (error) {
    if (error instanceof UploadRefused) return error.message || t("error_upload", { name: file.name });
    if (error instanceof TypeError) return t("error_upload", { name: file.name });
    if (error instanceof DOMException && error.name === "AbortError") return null;
    throw error;
  }
}

export function AttachmentRow({ attachments }: { readonly attachments: Attachments }): JSX.Element {
  useStyles(styles);
  return (
    <ul class="attachments">
      {attachments.items.map((item) => (
        <AttachmentChip key={item.key} item={item} remove={() => attachments.remove(item.key)} />
      ))}
    </ul>
  );
}

function AttachmentChip({ item, remove }: { readonly item: Attachment; readonly remove: () => void }): JSX.Element {
  const { t } = useChat();
  return (
    <li class="attachment">
      {item.preview === "" ? <Icon name="file" /> : null}
      {item.preview !== "" && !item.sound ? <img src={item.preview} alt="" /> : null}
      {item.preview !== "" && item.sound ? (
        <audio src={item.preview} controls aria-label={item.name} />
      ) : (
        <bdi class="file-name">{item.name}</bdi>
      )}
      {item.uploaded === null ? (
        <progress value={item.progress} max={1} aria-label={t("uploading", { name: item.name })} />
      ) : null}
      <IconButton icon="close" kind="small" label={t("remove", { name: item.name })} onClick={remove} />
    </li>
  );
}
