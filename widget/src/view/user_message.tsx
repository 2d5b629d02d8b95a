import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Sketch } from "../connection/sketch";
import type { MediaPart, Message, TurnState } from "../protocol";
import { CopyButton } from "./code";
import { useCell, useChat } from "./context";
import { FeedbackButtons } from "./feedback";
import { Icon, IconButton } from "./icons";
import { lazy } from "./lazy";
import { Parts } from "./parts";
import { Prose } from "./prose";

const Editor = lazy(async () => (await import("./editor")).Editor);

/** What the visitor said, with their controls. */
export function UserMessage({ message, turn }: { readonly message: Message; readonly turn: TurnState }): JSX.Element {
  const { client, t } = useChat();
  const profile = useCell(client.profile);
  const [editing, setEditing] = useState(false);
  const reply = turn.posts.find((post) => post.body.type === "reply")?.body;
  const controls = (reply?.type === "reply" ? reply.controls : undefined) ?? [];
  const text = message.parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n\n");
  const editable = controls.includes("edit") && profile?.abilities?.edit === true;
  const media = message.parts.filter((part): part is MediaPart => part.type === "media" && !part.recording);
  if (editing) return <Editor text={text} media={media} turn={turn.turn} done={() => setEditing(false)} />;
  return (
    <div class="from-user">
      <div class="bubble" part="user-message" dir="auto">
        <Parts parts={message.parts} live={false} />
      </div>
      <div class="actions">
        {editable ? <IconButton icon="edit" label={t("edit")} kind="small" onClick={() => setEditing(true)} /> : null}
        {text === "" ? null : <CopyButton text={text} icon />}
        {profile?.feedback?.user_messages && controls.includes("rate") ? (
          <FeedbackButtons turn={turn} message={-1} ofUser />
        ) : null}
      </div>
    </div>
  );
}

/** A message on its way: shown at once, until the server shows it. */
export function SketchMessage({ sketch }: { readonly sketch: Sketch }): JSX.Element {
  const { client, t } = useChat();
  const online = useCell(client.link) === "online";
  return (
    <div class="turn">
      <div class="from-user sketch">
        <div class="bubble" dir="auto">
          {sketch.text === "" ? null : <Prose text={sketch.text} />}
          {sketch.files.map((name, index) => (
            <span class="chip" key={index}>
              <Icon name="file" />
              <bdi>{name || t("file")}</bdi>
            </span>
          ))}
        </div>
        <p class="status">{online ? t("sending") : t("waiting")}</p>
      </div>
    </div>
  );
}
