import type { Token, Tokens } from "marked";
import { createElement, type ComponentChildren, type FunctionComponent, type JSX, type VNode } from "preact";
import { memo } from "../view/memo";
import { useMemo } from "preact/hooks";
import { CodeBlock } from "../view/code";
import { useChat } from "../view/context";
import { lazy } from "../view/lazy";
import { RemotePicture } from "../view/remote";
import { BlockReader, type Block } from "./blocks";
import { decodeEntities } from "./entities";
import { safeLink } from "./links";
import { useSyntax } from "./syntax";

const DEEPEST = 100;

interface MarkdownProps {
  readonly text: string;
  /** It may still grow. */
  readonly live?: boolean;
}

/** Markdown as elements. While `text` only grows, only its last block is drawn again. */
export function Markdown({ text, live = false }: MarkdownProps): JSX.Element {
  const { client } = useChat();
  const syntax = useSyntax(text, live);
  const reader = useMemo(() => new BlockReader(syntax), [syntax]);
  if (client.profile.value?.render_markdown === false) return <div class="markdown plain" dir="auto">{text}</div>;
  const blocks = reader.read(text);
  return (
    <div class="markdown" dir="auto">
      {blocks.map((block, index) => (
        <BlockView key={index} block={block} />
      ))}
    </div>
  );
}

const BlockView = memo(
  ({ block }: { readonly block: Block }) => <>{draw(block.tokens, 0)}</>,
  (before, after) => before.block.key === after.block.key,
);

type Draw = (token: never, depth: number) => ComponentChildren;

/** A token that brings its own view, as the syntaxes do that are loaded late. */
export interface SelfDrawn extends Tokens.Generic {
  readonly view: FunctionComponent<{ readonly token: never }>;
}

/** The sanitiser is loaded when the first HTML is met. */
const Html = lazy(async () => (await import("./html")).Html, ({ tokens, depth }) => (
  <>{drawEach(tokens.filter((token) => token.type !== "html"), depth)}</>
));

function draw(tokens: readonly Token[] | undefined, depth: number): ComponentChildren {
  if (tokens === undefined) return null;
  if (depth > DEEPEST) return tokens.map((token) => token.raw).join("");
  return tokens.some((token) => token.type === "html") ? <Html tokens={tokens} depth={depth} /> : drawEach(tokens, depth);
}

function drawEach(tokens: readonly Token[], depth: number): ComponentChildren {
  return tokens.map((token) => drawToken(token, depth));
}

export function drawToken(token: Token, depth: number): ComponentChildren {
  if ("view" in token) return createElement((token as SelfDrawn).view, { token: token as never });
  const drawer = DRAWERS[token.type];
  return drawer === undefined ? token.raw : drawer(token as never, depth + 1);
}

const DRAWERS: Readonly<Record<string, Draw>> = {
  space: () => null,
  def: () => null,
  hr: () => <hr />,
  br: () => <br />,
  heading: (token: Tokens.Heading, depth) => {
    const Level = `h${Math.min(6, token.depth)}` as "h1";
    return <Level>{draw(token.tokens, depth)}</Level>;
  },
  paragraph: (token: Tokens.Paragraph, depth) => <p>{draw(token.tokens, depth)}</p>,
  blockquote: (token: Tokens.Blockquote, depth) => <blockquote>{draw(token.tokens, depth)}</blockquote>,
  code: (token: Tokens.Code) => <CodeBlock text={token.text} language={token.lang ?? ""} />,
  list: drawList,
  table: drawTable,
  text: (token: Tokens.Text, depth) => (token.tokens ? draw(token.tokens, depth) : decodeEntities(token.text)),
  escape: (token: Tokens.Escape) => decodeEntities(token.text),
  strong: (token: Tokens.Strong, depth) => <strong>{draw(token.tokens, depth)}</strong>,
  em: (token: Tokens.Em, depth) => <em>{draw(token.tokens, depth)}</em>,
  del: (token: Tokens.Del, depth) => <del>{draw(token.tokens, depth)}</del>,
  codespan: (token: Tokens.Codespan) => <code>{token.text}</code>,
  checkbox: (token: Tokens.Checkbox) => <TaskBox done={token.checked} />,
  link: (token: Tokens.Link, depth) => <SafeLink href={token.href}>{draw(token.tokens, depth)}</SafeLink>,
  image: (token: Tokens.Image) => <RemotePicture address={token.href} alt={decodeEntities(token.text)} />,
};

function TaskBox({ done }: { readonly done: boolean }): VNode {
  const { t } = useChat();
  return <input type="checkbox" disabled checked={done} aria-label={t(done ? "task_done" : "task_open")} />;
}

export function SafeLink({ href, children }: { readonly href: string; readonly children: ComponentChildren }): VNode {
  const target = safeLink(href);
  if (target === null) return <span>{children}</span>;
  return (
    <a href={target} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}

function drawList(token: Tokens.List, depth: number): VNode {
  const items = token.items.map((item, index) => (
    <li key={index} class={item.task ? "task" : undefined}>
      {draw(item.tokens, depth)}
    </li>
  ));
  if (!token.ordered) return <ul>{items}</ul>;
  return <ol start={token.start === "" ? 1 : token.start}>{items}</ol>;
}

function drawTable(token: Tokens.Table, depth: number): VNode {
  const cell = (Tag: "th" | "td") => (one: Tokens.TableCell, index: number) => (
    <Tag key={index} class={one.align === null ? undefined : `align-${one.align}`}>
      {draw(one.tokens, depth)}
    </Tag>
  );
  return (
    <ScrollingTable>
      <thead>
        <tr>{token.header.map(cell("th"))}</tr>
      </thead>
      <tbody>
        {token.rows.map((row, index) => (
          <tr key={index}>{row.map(cell("td"))}</tr>
        ))}
      </tbody>
    </ScrollingTable>
  );
}

export function ScrollingTable({ children }: { readonly children: ComponentChildren }): VNode {
  const { t } = useChat();
  return (
    <div class="scroll-x" tabIndex={0} role="group" aria-label={t("table")}>
      <table>{children}</table>
    </div>
  );
}
