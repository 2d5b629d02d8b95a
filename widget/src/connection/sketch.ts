import type { Command, Intent, SentPart } from "../protocol";
import type { Entry } from "./outbox";

const MAKES_A_POST: ReadonlySet<Intent["type"]> = new Set(["send", "choose", "example"]);

/** A message of the visitor's that the server does not show yet. */
export interface Sketch {
  readonly id: string;
  readonly conversation: number;
  readonly draft: number;
  readonly text: string;
  readonly files: readonly string[];
}

/** The words among the parts of a message. */
export function textOf(parts: readonly SentPart[]): string {
  return parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n\n");
}

/** How a command looks until the server shows it: nothing, or one message. */
export function sketchOf({ command, draft }: Entry, shown = ""): readonly Sketch[] {
  if (!MAKES_A_POST.has(command.type) || !("conversation" in command)) return [];
  const parts = command.type === "send" ? command.parts : [];
  const files = parts.flatMap((part) => (part.type === "media" ? [part.name ?? ""] : []));
  const text = command.type === "send" ? textOf(parts) : shown;
  return text === "" && files.length === 0
    ? []
    : [{ id: command.id, conversation: command.conversation, draft, text, files }];
}

/** In bytes, as it is sent. */
export function sizeOf(command: Command): number {
  return new TextEncoder().encode(JSON.stringify(command)).length;
}
