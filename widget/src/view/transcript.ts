/** The whole conversation as a file: for people as Markdown, for programs as JSON. Loaded when one is wanted. */
import type { Client } from "../connection/client";
import type { Json, Message, Part, PostState, TurnState } from "../protocol";
import type { Translate } from "../strings";

export type TranscriptForm = "markdown" | "json";

const PAGE = 200;
const TYPES: Readonly<Record<TranscriptForm, readonly [ending: string, mime: string]>> = {
  markdown: ["md", "text/markdown"],
  json: ["json", "application/json"],
};

/** All turns of the open conversation, oldest first; null when the connection went away in between. */
export async function wholeConversation(client: Client): Promise<readonly TurnState[] | null> {
  const { thread } = client;
  const shown = thread.order.value.flatMap((turn) => thread.turn(turn)?.value ?? []);
  const earlier: TurnState[] = [];
  let more = thread.head.value.more;
  let before = shown[0]?.turn;
  while (more && before !== undefined) {
    const answer = await client.history(before, PAGE);
    if (answer === null) return null;
    earlier.unshift(...answer.turns);
    more = answer.more === true && answer.turns.length > 0;
    before = answer.turns[0]?.turn;
  }
  return [...earlier, ...shown];
}

export interface Transcript {
  readonly title: string;
  readonly greeting: readonly Message[];
  readonly turns: readonly TurnState[];
  /** Makes an address of the server's whole. */
  readonly resolve: (url: string) => string;
}

/** Hands a file to the browser to keep. */
export function save(form: TranscriptForm, transcript: Transcript, t: Translate): void {
  const [ending, mime] = TYPES[form];
  const text = form === "markdown" ? asMarkdown(transcript, t) : asJson(transcript);
  const url = URL.createObjectURL(new Blob([text], { type: mime }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `${fileName(transcript.title)}.${ending}`;
  link.click();
  // The browser takes the file when the click is over.
  setTimeout(() => URL.revokeObjectURL(url));
}

function fileName(title: string): string {
  return title.replace(/[\\/:*?"<>|\p{Cc}]+/gu, " ").trim().slice(0, 80) || "chat";
}

export function asMarkdown({ title, greeting, turns, resolve }: Transcript, t: Translate): string {
  const lines = [`# ${title}`, ...greeting.map((message) => `**${t("reply")}**\n\n${inMarkdown(message.parts, resolve)}`)];
  for (const turn of turns) for (const post of turn.posts) lines.push(postInMarkdown(post, t, resolve));
  return `${lines.filter((line) => line !== "").join("\n\n")}\n`;
}

function postInMarkdown({ body, at }: PostState, t: Translate, resolve: Transcript["resolve"]): string {
  const when = at === undefined ? "" : ` · ${new Date(at * 1000).toLocaleString(t.locale)}`;
  switch (body.type) {
    case "message":
      return `**${t("you")}**${when}\n\n${inMarkdown(body.parts, resolve)}`;
    case "reply": {
      const parts = [...(body.messages ?? []).flatMap((message) => message.parts), ...(body.artifacts ?? [])];
      const error = body.error ? [`> ${body.error}`] : [];
      return [`**${t("reply")}**${when}`, inMarkdown(parts, resolve), ...error].filter((text) => text !== "").join("\n\n");
    }
    case "divider":
      return `---\n\n${body.text ?? ""}`;
  }
}

function inMarkdown(parts: readonly Part[], resolve: Transcript["resolve"]): string {
  return parts.map((part) => partInMarkdown(part, resolve)).join("\n\n");
}

function partInMarkdown(part: Part, resolve: Transcript["resolve"]): string {
  switch (part.type) {
    case "text":
      return part.text;
    case "media": {
      const name = part.caption || part.alt || part.name || part.kind;
      if (part.source === undefined) return name;
      return `${part.kind === "image" ? "!" : ""}[${name}](${resolve(part.source.url)})`;
    }
    case "thought":
      return `> **${part.title}**\n${inMarkdown(part.parts ?? [], resolve).replace(/^/gm, "> ")}`;
    case "artifact":
      return artifactInMarkdown(part.label ?? "", part.value ?? "", part.language ?? "");
  }
}

function artifactInMarkdown(label: string, value: Json, language: string): string {
  const text = typeof value === "string" ? value : JSON.stringify(value, null, 2);
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${label === "" ? "" : `**${label}**\n\n`}${fence}${language || (typeof value === "string" ? "" : "json")}\n${text}\n${fence}`;
}

export function asJson({ title, greeting, turns, resolve }: Transcript): string {
  const whole = (key: string, value: unknown): unknown => {
    const source = key === "source" && typeof value === "object" && value !== null ? (value as { url?: string }) : null;
    return source?.url === undefined ? value : { ...source, url: resolve(source.url) };
  };
  return `${JSON.stringify({ title, greeting, turns }, whole, 2)}\n`;
}
