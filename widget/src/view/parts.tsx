import type { JSX } from "preact";
import type { MediaPart, Part } from "../protocol";
import { lazy } from "./lazy";
import { memo } from "./memo";
import { Prose } from "./prose";

export const Artifact = lazy(async () => (await import("./artifact")).Artifact);
const Thought = lazy(async () => (await import("./thought")).Thought);
const MediaGroup = lazy(async () => (await import("./media")).MediaGroup);

/** The parts of a message or thought, in order; neighbouring media of one group are one gallery. */
export function Parts({ parts, live }: { readonly parts: readonly Part[]; readonly live: boolean }): JSX.Element {
  return (
    <>
      {grouped(parts).map((entry, index) =>
        isGroup(entry) ? <MediaGroup key={index} items={entry} /> : <PartView key={index} part={entry} live={live} />,
      )}
    </>
  );
}

const PartView = memo(({ part, live }: { readonly part: Part; readonly live: boolean }) => {
  switch (part.type) {
    case "text":
      return <Prose text={part.text} live={live} />;
    case "thought":
      return <Thought thought={part} live={live} />;
    case "artifact":
      return <Artifact artifact={part} />;
    case "media":
      return <MediaGroup items={[part]} />;
    default:
      return null;
  }
});

type Entry = Part | readonly MediaPart[];

function isGroup(entry: Entry): entry is readonly MediaPart[] {
  return Array.isArray(entry);
}

export function grouped(parts: readonly Part[]): readonly Entry[] {
  const entries: (Part | MediaPart[])[] = [];
  for (const part of parts) {
    const last = entries.at(-1);
    const inGroup = part.type === "media" && (part.group ?? "") !== "";
    if (inGroup && Array.isArray(last) && last[0]?.group === part.group) last.push(part);
    else entries.push(inGroup ? [part] : part);
  }
  return entries;
}
