import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { hostOf, safeLink, safeMedia } from "../markdown/links";
import type { MediaPart, PlotSpec, Source } from "../protocol";
import { bytes } from "../text";
import styles from "../styles/media.css";
import { useChat, useStyles, type Enlarged } from "./context";
import { HtmlFrame, PlotFrame } from "./frame";
import { Icon } from "./icons";

/** Media that belong together: one of them alone, or a gallery. */
export function MediaGroup({ items }: { readonly items: readonly MediaPart[] }): JSX.Element {
  const { client } = useChat();
  if (items.length === 1 && items[0] !== undefined) return <Media media={items[0]} />;
  const siblings = items.flatMap((item) => pictureOf(item, client.resolve("")) ?? []);
  return (
    <div class="gallery" part="gallery">
      {items.map((item, index) => (
        <Media key={index} media={item} siblings={siblings} />
      ))}
    </div>
  );
}

/** What a picture of the server's own looks like in large; null for anything else. */
function pictureOf({ kind, source, error, alt, name, caption }: MediaPart, base: string): Enlarged | null {
  if (kind !== "image" || source === undefined || source.external || error) return null;
  const address = safeMedia(source.url, base);
  return address === null ? null : { address, alt: alt || name || caption || "", caption: caption ?? "" };
}

interface MediaProps {
  readonly media: MediaPart;
  /** The pictures it stands among: one goes from each to the next. */
  readonly siblings?: readonly Enlarged[];
}

const NO_SIBLINGS: readonly Enlarged[] = [];

export function Media({ media, siblings = NO_SIBLINGS }: MediaProps): JSX.Element {
  useStyles(styles);
  const caption = media.caption ?? "";
  const shown = <MediaBody media={media} siblings={siblings} />;
  if (caption === "") return shown;
  return (
    <figure>
      {shown}
      <figcaption dir="auto">{caption}</figcaption>
    </figure>
  );
}

function MediaBody({ media, siblings }: Required<MediaProps>): JSX.Element {
  if (media.error) return <Broken media={media} sentence={media.error} />;
  if (typeof media.spec === "string") return <HtmlFrame html={media.spec} name={media.name ?? ""} />;
  if (media.spec) return <Plot spec={media.spec} media={media} />;
  if (media.source === undefined) return <Broken media={media} sentence="" />;
  return <Sourced media={media} source={media.source} siblings={siblings} />;
}

interface SourcedProps extends MediaProps {
  readonly source: Source;
}

function Sourced({ media, source, siblings = NO_SIBLINGS }: SourcedProps): JSX.Element {
  const { client, t } = useChat();
  const [asked, setAsked] = useState(false);
  const [broken, setBroken] = useState(false);
  const address = safeMedia(source.url, client.resolve(""));
  if (address === null || broken || media.kind === "file" || media.kind === "html") {
    return <FileCard media={media} source={source} />;
  }
  if (source.external && !asked) {
    return (
      <button type="button" class="chip" onClick={() => setAsked(true)}>
        <Icon name="download" />
        <span>{t("external", { host: hostOf(address) })}</span>
      </button>
    );
  }
  const failed = (): void => setBroken(true);
  const label = media.alt || media.name || media.caption || "";
  if (media.kind === "audio") {
    const size = media.recording ? "recording" : undefined;
    return <audio class={size} controls src={address} aria-label={label} preload="metadata" onError={failed} />;
  }
  if (media.kind === "video") {
    return <video controls playsInline src={address} aria-label={label} preload="metadata" onError={failed} />;
  }
  return <Picture picture={{ address, alt: label, caption: media.caption ?? "" }} siblings={siblings} onError={failed} />;
}

interface PictureProps {
  readonly picture: Enlarged;
  readonly siblings: readonly Enlarged[];
  readonly onError: () => void;
}

function Picture({ picture, siblings, onError }: PictureProps): JSX.Element {
  const { enlarge, t } = useChat();
  const [loaded, setLoaded] = useState(false);
  const { address, alt } = picture;
  return (
    <button
      type="button"
      class="picture"
      part="picture"
      aria-label={`${t("view_larger")}: ${alt || t("picture")}`}
      onClick={() => enlarge({ ...picture, siblings })}
    >
      <img
        class={loaded ? undefined : "coming"}
        src={address}
        alt={alt}
        loading="lazy"
        onLoad={() => setLoaded(true)}
        onError={onError}
      />
    </button>
  );
}

function FileCard({ media, source }: { readonly media: MediaPart; readonly source: Source }): JSX.Element {
  const { client, t } = useChat();
  const address = source.url.startsWith("data:") ? source.url : safeLink(client.resolve(source.url));
  const name = media.name || media.alt || t("file");
  return (
    <a class="file" part="file" href={address ?? undefined} download={name} target="_blank" rel="noopener noreferrer">
      <Icon name="file" />
      <span class="file-text">
        <bdi class="file-name">{name}</bdi>
        <small>{source.external ? hostOf(source.url) : source.size === undefined ? t("download") : bytes(source.size, t.locale)}</small>
      </span>
      <Icon name="download" />
    </a>
  );
}

function Broken({ media, sentence }: { readonly media: MediaPart; readonly sentence: string }): JSX.Element {
  const { t } = useChat();
  return (
    <div class="file broken" role="note">
      <Icon name="warning" />
      <span class="file-text">
        <bdi class="file-name">{media.name || t("file")}</bdi>
        {sentence === "" ? null : <small>{sentence}</small>}
      </span>
    </div>
  );
}

function Plot({ spec, media }: { readonly spec: PlotSpec; readonly media: MediaPart }): JSX.Element {
  if (spec.type === "matplotlib") {
    return <Sourced media={{ ...media, kind: "image" }} source={{ url: spec.plot }} />;
  }
  if (media.source !== undefined) return <Sourced media={{ ...media, kind: "image" }} source={media.source} />;
  return <PlotFrame spec={spec} name={media.alt || media.name || ""} />;
}
