import type { ComponentChildren, JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import styles from "../styles/panel.css";
import { useChat, useStyles } from "./context";
import { IconButton } from "./icons";

interface PanelProps {
  readonly title: string;
  readonly close: () => void;
  readonly children: ComponentChildren;
}

/** A sheet over the messages. It takes the focus, and Escape closes it. */
export function Panel({ title, close, children }: PanelProps): JSX.Element {
  const { t } = useChat();
  useStyles(styles);
  const root = useRef<HTMLElement>(null);
  useEffect(() => {
    root.current?.querySelector<HTMLElement>("button")?.focus();
  }, []);
  return (
    <section
      ref={root}
      class="panel"
      part="panel"
      aria-label={title}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        close();
      }}
    >
      <header class="panel-head">
        <IconButton icon="back" label={t("back")} onClick={close} />
        <h2 dir="auto">{title}</h2>
      </header>
      <div class="panel-body">{children}</div>
    </section>
  );
}
