import type { Token } from "marked";
import { createElement, Fragment, type ComponentChild, type ComponentChildren, type JSX } from "preact";
import { useMemo } from "preact/hooks";
import styles from "../styles/html.css";
import { CodeBlock } from "../view/code";
import { useStyles } from "../view/context";
import { RemotePicture } from "../view/remote";
import { drawToken, SafeLink, ScrollingTable } from "./markdown";
import { ATTRIBUTES, sanitised, SLOT } from "./sanitise";

interface HtmlProps {
  readonly tokens: readonly Token[];
  readonly depth: number;
}

/**
 * Tokens among which there is HTML. The HTML goes through the sanitiser with an empty slot in place of each other
 * token; what comes out is drawn as elements of ours, so that text in a `<details>` is like any other text.
 */
export function Html({ tokens, depth }: HtmlProps): JSX.Element {
  useStyles(styles);
  const source = tokens.map((token, index) => (token.type === "html" ? token.raw : slot(index))).join("");
  const fragment = useMemo(() => sanitised(source), [source]);
  const free = new Set(tokens.keys());
  const fill = (index: number): ComponentChildren => {
    const token = tokens[index];
    // The text itself may name a slot: each is filled once.
    return token !== undefined && free.delete(index) ? drawToken(token, depth) : null;
  };
  return <>{children(fragment, fill)}</>;
}

function slot(index: number): string {
  return `<${SLOT} title="${index}"></${SLOT}>`;
}

type Fill = (index: number) => ComponentChildren;

function children(node: Node, fill: Fill): ComponentChild[] {
  return [...node.childNodes].map((child, index) => <Fragment key={index}>{drawNode(child, fill)}</Fragment>);
}

function drawNode(node: Node, fill: Fill): ComponentChildren {
  if (!(node instanceof Element)) return node.nodeType === Node.TEXT_NODE ? node.textContent : null;
  return (ELEMENTS[node.localName] ?? drawElement)(node, fill);
}

function drawElement(element: Element, fill: Fill): ComponentChildren {
  const attributes = Object.fromEntries(
    [...element.attributes].filter(({ name }) => ATTRIBUTES.has(name)).map(({ name, value }) => [name, value]),
  );
  return createElement(element.localName, attributes, ...children(element, fill));
}

const ELEMENTS: Readonly<Record<string, (element: Element, fill: Fill) => ComponentChildren>> = {
  [SLOT]: (element, fill) => fill(Number(element.getAttribute("title"))),
  a: (element, fill) => <SafeLink href={element.getAttribute("href") ?? ""}>{children(element, fill)}</SafeLink>,
  img: (element) => (
    <RemotePicture address={element.getAttribute("src") ?? ""} alt={element.getAttribute("alt") ?? ""} />
  ),
  // A task's box as a sign; any other field is left out.
  input: (element) => {
    if (element.getAttribute("type") !== "checkbox") return null;
    return element.hasAttribute("checked") ? "☑" : "☐";
  },
  pre: (element) => <CodeBlock text={element.textContent.replace(/^\n|\n$/g, "")} language="" />,
  table: (element, fill) => <ScrollingTable>{children(element, fill)}</ScrollingTable>,
};
