import type { JSX } from "preact";
import { safeMedia } from "../markdown/links";
import type { Example, MediaPart } from "../protocol";
import { useCell, useChat } from "./context";
import { Icon } from "./icons";
import { Prose } from "./prose";

/** An empty chat: what the app is, and prompts to start with. */
export function Welcome({ greeted }: { readonly greeted: boolean }): JSX.Element | null {
  const { client, t } = useChat();
  const profile = useCell(client.profile);
  if (profile === null) return null;
  const examples = profile.examples ?? [];
  return (
    <div class={greeted ? "welcome greeted" : "welcome"} part="welcome">
      {greeted ? null : <Introduction />}
      {examples.length === 0 ? null : (
        <>
          <p class="examples-title">{profile.labels?.examples || t("examples")}</p>
          <div class="examples" role="group" aria-label={profile.labels?.examples || t("examples")}>
            {examples.map((example, index) => (
              <ExampleButton key={index} example={example} index={index} />
            ))}
          </div>
        </>
      )}
    </div>
  );
}

function Introduction(): JSX.Element {
  const { client, t } = useChat();
  const profile = useCell(client.profile);
  const avatar = profile?.avatars?.assistant;
  const address = avatar === undefined ? null : safeMedia(avatar.url, client.resolve(""));
  return (
    <div class="introduction">
      {address === null ? null : <img class="avatar large" src={address} alt="" />}
      <h2 dir="auto">{profile?.title || t("title")}</h2>
      {profile?.description ? <Prose text={profile.description} /> : null}
      {profile?.placeholder ? <Prose text={profile.placeholder} /> : null}
    </div>
  );
}

function ExampleButton({ example, index }: { readonly example: Example; readonly index: number }): JSX.Element {
  const { client, host } = useChat();
  const shown = example.label || (example.text ?? "");
  const choose = (): void => {
    client.command({ type: "example", conversation: client.thread.conversation, index }, example.text || shown);
    host.emit("send", { text: example.text ?? "" });
  };
  return (
    <button type="button" class="example" part="example" onClick={choose}>
      {example.icon === undefined ? null : <Thumb media={example.icon} />}
      {(example.media ?? []).map((media, at) => (
        <Thumb key={at} media={media} />
      ))}
      <span dir="auto">{shown}</span>
    </button>
  );
}

function Thumb({ media }: { readonly media: MediaPart }): JSX.Element {
  const { client } = useChat();
  const { source } = media;
  const address = source === undefined || source.external ? null : safeMedia(source.url, client.resolve(""));
  if (media.kind === "image" && address !== null) return <img class="thumb" src={address} alt={media.alt ?? ""} />;
  return (
    <span class="chip">
      <Icon name="file" />
      <bdi>{media.name}</bdi>
    </span>
  );
}
