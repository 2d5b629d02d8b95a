import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import styles from "../styles/menu.css";
import { useChat, useStyles } from "./context";

const LONGEST = 2000;

/** Asks for a few words beside a rating; `end` gets them, "" when there are none. */
export function CommentForm({ end }: { readonly end: (comment: string) => void }): JSX.Element {
  const { t } = useChat();
  useStyles(styles);
  const area = useRef<HTMLTextAreaElement>(null);
  useEffect(() => area.current?.focus(), []);
  const send = (): void => end(area.current?.value.trim() ?? "");
  return (
    <form
      class="menu comment"
      aria-label={t("comment")}
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        end("");
      }}
    >
      <textarea ref={area} rows={3} maxLength={LONGEST} dir="auto" aria-label={t("comment")} placeholder={t("comment")} />
      <div class="row end">
        <button type="button" class="button" onClick={() => end("")}>
          {t("skip")}
        </button>
        <button type="submit" class="button primary">
          {t("send_comment")}
        </button>
      </div>
    </form>
  );
}
