import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { ThoughtPart } from "../protocol";
import { seconds } from "../text";
import styles from "../styles/thought.css";
import { useChat, useStyles } from "./context";
import { Icon } from "./icons";
import { Parts } from "./parts";

/** A step of the app's work: open while it is pending, folded when done, as the visitor likes after that. */
export function Thought({ thought, live }: { readonly thought: ThoughtPart; readonly live: boolean }): JSX.Element {
  const { t } = useChat();
  useStyles(styles);
  const [chosen, setChosen] = useState<boolean | null>(null);
  const pending = live && thought.status === "pending";
  const parts = thought.parts ?? [];
  const log = thought.log ?? "";
  const empty = parts.length === 0 && log === "";
  const open = chosen ?? pending;
  const title = (
    <>
      {pending ? <span class="spinner" aria-hidden="true" /> : <Icon name="check" />}
      <span class="thought-title" dir="auto">
        {thought.title || t("thinking")}
      </span>
      {pending ? <Clock since={thought.started_at} /> : <Took duration={thought.duration} />}
    </>
  );
  if (empty) return <div class="thought thought-line" part="thought">{title}</div>;
  return (
    <details class="thought" part="thought" open={open}>
      <summary
        onClick={(event) => {
          event.preventDefault();
          setChosen(!open);
        }}
      >
        {title}
        <Icon name="chevron" />
      </summary>
      {open ? (
        <div class="thought-body">
          {log === "" ? null : <p class="thought-log" dir="auto">{log}</p>}
          <Parts parts={parts} live={live} />
        </div>
      ) : null}
    </details>
  );
}

function Took({ duration }: { readonly duration: number | undefined }): JSX.Element | null {
  const { t } = useChat();
  return duration === undefined ? null : <span class="duration">{t("thought_done", { seconds: seconds(duration, t.locale) })}</span>;
}

/** Whole seconds since `since` (the server's clock; from now on where it is not told). */
function Clock({ since }: { readonly since: number | undefined }): JSX.Element {
  const { client, t } = useChat();
  const [start] = useState(() => (since === undefined ? Date.now() : since * 1000 - client.skewMs));
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const passed = Math.max(0, Math.floor((now - start) / 1000));
  return <span class="duration">{t("thought_done", { seconds: passed })}</span>;
}
