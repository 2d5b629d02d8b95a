import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { CopyButton } from "./code";
import { useChat } from "./context";
import { lazy } from "./lazy";

interface CodeProps {
  readonly text: string;
  readonly language: string;
}

/** The languages' grammars are loaded when the first code in a named language is met. */
const Highlighted = lazy<CodeProps>(
  async () => (await import("./highlight")).Highlighted,
  ({ text }) => <>{text}</>,
);

/** Longer code is not coloured: that would hold the page up. */
const LONGEST = 60_000;
const NO_LANGUAGE = /^(?:|text|txt|plain|plaintext|none|output)$/i;

/** Code as it is, in its language's colours, to be copied. Long lines scroll, or break when the visitor wants it. */
export function CodeBlock({ text, language }: CodeProps): JSX.Element {
  const { t } = useChat();
  const [wrapped, setWrapped] = useState(false);
  // What stands behind the name in a fence's first line is for others.
  const name = /^[^\s{,]*/.exec(language)?.[0] ?? "";
  const plain = NO_LANGUAGE.test(name) || text.length > LONGEST;
  return (
    <div class={wrapped ? "code wrapped" : "code"} part="code" dir="ltr">
      <div class="code-bar">
        <span class="code-language">{name}</span>
        <button
          type="button"
          class="quiet-button"
          aria-pressed={wrapped}
          aria-label={t("wrap_lines")}
          title={t("wrap_lines")}
          onClick={() => setWrapped(!wrapped)}
        >
          <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
            <path d="M4 6h16M4 12h13a3.5 3.5 0 0 1 0 7h-4M15.5 16.5L13 19l2.5 2.5M4 18h5" />
          </svg>
        </button>
        <CopyButton text={text} />
      </div>
      <pre tabIndex={0}>
        <code>{plain ? text : <Highlighted text={text} language={name.toLowerCase()} />}</code>
      </pre>
    </div>
  );
}
