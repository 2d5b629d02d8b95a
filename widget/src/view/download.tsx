import type { JSX } from "preact";
import { useChat } from "./context";
import { IconButton } from "./icons";

export interface TextFile {
  readonly name: string;
  readonly mime: string;
  readonly text: string;
}

/** Hands a text over as a file. */
export function DownloadButton({ file }: { readonly file: TextFile }): JSX.Element {
  const { t } = useChat();
  return <IconButton icon="download" kind="small" label={`${t("download")}: ${file.name}`} onClick={() => save(file)} />;
}

function save({ name, mime, text }: TextFile): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: mime }));
  link.download = name;
  link.click();
  // The browser has taken it over by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
