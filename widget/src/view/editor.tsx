import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { MediaPart, SentPart } from "../protocol";
import styles from "../styles/editor.css";
import { useChat, useStyles } from "./context";

interface EditorProps {
  readonly text: string;
  readonly media: readonly MediaPart[];
  readonly turn: number;
  readonly done: () => void;
}

/** A message of the visitor's that is changed; its files are kept. */
export function Editor({ text, media, turn, done }: EditorProps): JSX.Element {
  useStyles(styles);
  const { client, t } = useChat();
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => area.current?.focus(), []);
  const save = (): void => {
    const kept = media.flatMap((part): SentPart[] =>
      part.source === undefined ? [] : [{ ...part, source: { url: part.source.url } }],
    );
    const draft = area.current?.value ?? "";
    const parts: SentPart[] = [...(draft.trim() === "" ? [] : [{ type: "text", text: draft } as const]), ...kept];
    if (parts.length > 0) client.command({ type: "edit", conversation: client.thread.conversation, turn, parts });
    done();
  };
  const key = (event: KeyboardEvent): void => {
    if (event.key === "Escape") {
      event.stopPropagation();
      done();
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      save();
    }
  };
  return (
    <form
      class="editor"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <textarea
        aria-label={t("edit")}
        defaultValue={text}
        dir="auto"
        rows={2}
        ref={area}
        onKeyDown={key}
      />
      <div class="row end">
        <button type="button" class="button" onClick={done}>
          {t("cancel")}
        </button>
        <button type="submit" class="button primary">
          {t("save")}
        </button>
      </div>
    </form>
  );
}
