import type { LanguageFn } from "highlight.js";
import bash from "highlight.js/lib/languages/bash";
import c from "highlight.js/lib/languages/c";
import cpp from "highlight.js/lib/languages/cpp";
import csharp from "highlight.js/lib/languages/csharp";
import css from "highlight.js/lib/languages/css";
import diff from "highlight.js/lib/languages/diff";
import dockerfile from "highlight.js/lib/languages/dockerfile";
import go from "highlight.js/lib/languages/go";
import graphql from "highlight.js/lib/languages/graphql";
import ini from "highlight.js/lib/languages/ini";
import java from "highlight.js/lib/languages/java";
import javascript from "highlight.js/lib/languages/javascript";
import json from "highlight.js/lib/languages/json";
import julia from "highlight.js/lib/languages/julia";
import kotlin from "highlight.js/lib/languages/kotlin";
import latex from "highlight.js/lib/languages/latex";
import lua from "highlight.js/lib/languages/lua";
import makefile from "highlight.js/lib/languages/makefile";
import markdown from "highlight.js/lib/languages/markdown";
import perl from "highlight.js/lib/languages/perl";
import php from "highlight.js/lib/languages/php";
import powershell from "highlight.js/lib/languages/powershell";
import python from "highlight.js/lib/languages/python";
import r from "highlight.js/lib/languages/r";
import ruby from "highlight.js/lib/languages/ruby";
import rust from "highlight.js/lib/languages/rust";
import scala from "highlight.js/lib/languages/scala";
import shell from "highlight.js/lib/languages/shell";
import sql from "highlight.js/lib/languages/sql";
import swift from "highlight.js/lib/languages/swift";
import typescript from "highlight.js/lib/languages/typescript";
import xml from "highlight.js/lib/languages/xml";
import yaml from "highlight.js/lib/languages/yaml";
import { createLowlight } from "lowlight";
import type { ComponentChild, JSX } from "preact";
import { useEffect, useMemo, useState } from "preact/hooks";
import styles from "../styles/highlight.css";
import { useStyles } from "./context";

const LANGUAGES: Readonly<Record<string, LanguageFn>> = {
  bash, c, cpp, csharp, css, diff, dockerfile, go, graphql, ini, java, javascript, json, julia, kotlin, latex, lua,
  makefile, markdown, perl, php, powershell, python, r, ruby, rust, scala, shell, sql, swift, typescript, xml, yaml,
};
/** Longer code that still grows is coloured now and then, shorter code with every change. */
const AT_ONCE = 4_000;
const NOW_AND_THEN_MS = 150;

const lowlight = createLowlight(LANGUAGES);
lowlight.registerAlias({ json: ["json5", "jsonl"], typescript: ["vue", "svelte"], ini: ["dotenv", "properties"] });

interface HighlightedProps {
  readonly text: string;
  /** A name or alias; code of unknown languages is drawn as it is. */
  readonly language: string;
}

/** Code in colours. What was added to long code since it was last coloured stands behind it as it is. */
export function Highlighted({ text, language }: HighlightedProps): JSX.Element {
  useStyles(styles);
  const [coloured, setColoured] = useState(text);
  const growing = text.length > AT_ONCE && text.startsWith(coloured);
  useEffect(() => {
    if (text === coloured) return undefined;
    const timer = setTimeout(() => setColoured(text), growing ? NOW_AND_THEN_MS : 0);
    return () => clearTimeout(timer);
  }, [growing ? coloured : text, text === coloured]);
  const begin = growing ? coloured : text;
  const drawn = useMemo(() => colour(begin, language), [begin, language]);
  return (
    <>
      {drawn}
      {text.slice(begin.length)}
    </>
  );
}

function colour(text: string, language: string): ComponentChild {
  return lowlight.registered(language) ? lowlight.highlight(language, text).children.map(draw) : text;
}

type Drawn = ReturnType<typeof lowlight.highlight>["children"][number];

function draw(node: Drawn, index: number): ComponentChild {
  if (node.type === "text") return node.value;
  if (node.type !== "element") return null;
  const names = node.properties["className"];
  return (
    <span key={index} class={Array.isArray(names) ? names.join(" ") : undefined}>
      {node.children.map(draw)}
    </span>
  );
}
