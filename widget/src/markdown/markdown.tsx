import type { Token, Tokens } from "marked";
import { Fragment, type ComponentChildren, type JSX, type VNode } from "preact";
import { memo } from "../view/memo";
import { useState } from "preact/hooks";
import { CodeBlock } from "../view/code";
import { useChat } from "../view/context";
import { RemotePicture } from "../view/remote";
import { BlockReader, type Block } from "./blocks";
import { decodeEntities } from "./entities";
import { HtmlBlock } from "./html";
import { safeLink } from "./links";

const DEEPEST = 100;

/** Markdown as elements. While `text` only grows, only its last block is drawn again. */
export function Markdown({ text }: { readonly text: string }): JSX.Element {
  const [reader] = useState(() => new BlockReader());
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
  ({ block }: { readonly block: Block }) =>
    block.html ? <HtmlBlock tokens={block.tokens} /> : <>{draw(block.tokens, 0)}</>,
  (before, after) => before.block.key === after.block.key && before.block.html === after.block.html,
);

type Draw = (token: never, depth: number) => ComponentChildren;

function draw(tokens: readonly Token[] | undefined, depth: number): ComponentChildren {
  if (depth > DEEPEST) return (tokens ?? []).map((token) => token.raw).join("");
  return (tokens ?? []).map((token, index) => {
    const drawer = DRAWERS[token.type];
    const drawn = drawer === undefined ? token.raw : drawer(token as never, depth + 1);
    return <Fragment key={index}>{drawn}</Fragment>;
  });
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

function SafeLink({ href, children }: { readonly href: string; readonly children: ComponentChildren }): VNode {
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
    <div class="scroll-x" tabIndex={0} role="region">
      <table>
        <thead>
          <tr>{token.header.map(cell("th"))}</tr>
        </thead>
        <tbody>
          {token.rows.map((row, index) => (
            <tr key={index}>{row.map(cell("td"))}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
