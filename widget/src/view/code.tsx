import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useChat } from "./context";
import { Icon } from "./icons";

const COPIED_SHOWN_MS = 1500;

export function CodeBlock({ text, language }: { readonly text: string; readonly language: string }): JSX.Element {
  return (
    <div class="code" part="code" dir="ltr">
      <div class="code-bar">
        <span>{language}</span>
        <CopyButton text={text} />
      </div>
      <pre tabIndex={0}>
        <code>{text}</code>
      </pre>
    </div>
  );
}

export function CopyButton({ text, icon = false }: { readonly text: string; readonly icon?: boolean }): JSX.Element {
  const { t, announce } = useChat();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), COPIED_SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    announce(t("copied"));
  };
  const label = copied ? t("copied") : t("copy");
  return (
    <button
      type="button"
      class={icon ? "icon-button small" : "quiet-button"}
      aria-label={label}
      title={label}
      onClick={() => void copy()}
    >
      <Icon name={copied ? "check" : "copy"} />
      {icon ? null : <span>{label}</span>}
    </button>
  );
}
