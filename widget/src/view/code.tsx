import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { useChat } from "./context";
import { Icon } from "./icons";
import { lazy } from "./lazy";

const COPIED_SHOWN_MS = 1500;

interface CodeProps {
  readonly text: string;
  readonly language: string;
}

/** Code with its language, to be copied. Until the view is loaded the code stands in its place. */
export const CodeBlock = lazy<CodeProps>(
  async () => (await import("./code_block")).CodeBlock,
  ({ text, language }) => (
    <div class="code" part="code" dir="ltr">
      <div class="code-bar">{language}</div>
      <pre>{text}</pre>
    </div>
  ),
);

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
