import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { hostOf, safeLink, safeMedia } from "../markdown/links";
import type { MediaPart, PlotSpec, Source } from "../protocol";
import { bytes } from "../text";
import styles from "../styles/media.css";
import { useChat, useStyles } from "./context";
import { Icon } from "./icons";

const LOWEST_FRAME = 40;
const HIGHEST_FRAME = 2000;

/** Media that belong together: one of them alone, or a gallery. */
export function MediaGroup({ items }: { readonly items: readonly MediaPart[] }): JSX.Element {
  if (items.length === 1 && items[0] !== undefined) return <Media media={items[0]} />;
  return (
    <div class="gallery" part="gallery">
      {items.map((item, index) => (
        <Media key={index} media={item} />
      ))}
    </div>
  );
}

export function Media({ media }: { readonly media: MediaPart }): JSX.Element {
  useStyles(styles);
  const caption = media.caption ?? "";
  const shown = <MediaBody media={media} />;
  if (caption === "") return shown;
  return (
    <figure>
      {shown}
      <figcaption dir="auto">{caption}</figcaption>
    </figure>
  );
}

function MediaBody({ media }: { readonly media: MediaPart }): JSX.Element {
  if (media.error) return <Broken media={media} sentence={media.error} />;
  if (typeof media.spec === "string") return <HtmlFrame html={media.spec} name={media.name ?? ""} />;
  if (media.spec) return <Plot spec={media.spec} media={media} />;
  if (media.source === undefined) return <Broken media={media} sentence="" />;
  return <Sourced media={media} source={media.source} />;
}

function Sourced({ media, source }: { readonly media: MediaPart; readonly source: Source }): JSX.Element {
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
  const label = media.alt ?? media.name ?? "";
  if (media.kind === "audio") return <audio controls src={address} aria-label={label} preload="metadata" onError={failed} />;
  if (media.kind === "video") {
    return <video controls playsInline src={address} aria-label={label} preload="metadata" onError={failed} />;
  }
  return <Picture address={address} alt={label} onError={failed} />;
}

interface PictureProps {
  readonly address: string;
  readonly alt: string;
  readonly onError: () => void;
}

function Picture({ address, alt, onError }: PictureProps): JSX.Element {
  const { enlarge, t } = useChat();
  return (
    <button
      type="button"
      class="picture"
      part="picture"
      aria-label={`${t("view_larger")}: ${alt || t("picture")}`}
      onClick={() => enlarge({ address, alt })}
    >
      <img src={address} alt={alt} loading="lazy" onError={onError} />
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
        <small>{source.external ? hostOf(source.url) : source.size === undefined ? t("download") : bytes(source.size)}</small>
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
  const { t, client } = useChat();
  if (spec.type === "matplotlib") {
    return <Sourced media={{ ...media, kind: "image" }} source={{ url: spec.plot }} />;
  }
  if (media.source !== undefined) return <Sourced media={{ ...media, kind: "image" }} source={media.source} />;
  const href = client.resolve(`data:application/json;charset=utf-8,${encodeURIComponent(spec.plot)}`);
  return (
    <a class="file" href={href} download={media.name || `${spec.type}.json`}>
      <Icon name="plot" />
      <span class="file-text">
        <bdi class="file-name">{media.alt || t("interactive_plot")}</bdi>
        <small>{spec.type}</small>
      </span>
      <Icon name="download" />
    </a>
  );
}

/** HTML of the app, in a frame with an origin of its own: it sees neither this page nor its storage. */
export function HtmlFrame({ html, name }: { readonly html: string; readonly name: string }): JSX.Element {
  const { client, t } = useChat();
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState(LOWEST_FRAME);
  useEffect(() => {
    const listen = ({ source, data }: MessageEvent<unknown>): void => {
      if (source === null || source !== frame.current?.contentWindow) return;
      const told = heightIn(data);
      if (told !== null) setHeight(Math.min(HIGHEST_FRAME, Math.max(LOWEST_FRAME, Math.ceil(told))));
    };
    window.addEventListener("message", listen);
    return () => window.removeEventListener("message", listen);
  }, []);
  const hand = (): void => frame.current?.contentWindow?.postMessage({ type: "trunkline.html", html }, "*");
  useEffect(hand, [html]);
  return (
    <iframe
      ref={frame}
      class="html-frame"
      part="frame"
      title={name || t("html_frame")}
      src={client.resolve("static/frame.html")}
      sandbox="allow-scripts"
      referrerpolicy="no-referrer"
      style={{ height: `${height}px` }}
      onLoad={hand}
    />
  );
}

function heightIn(data: unknown): number | null {
  if (typeof data !== "object" || data === null || !("type" in data) || data.type !== "trunkline.height") return null;
  return "height" in data && typeof data.height === "number" && Number.isFinite(data.height) ? data.height : null;
}
