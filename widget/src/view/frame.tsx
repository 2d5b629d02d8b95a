import type { JSX, RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { safeLink } from "../markdown/links";
import type { PlotSpec } from "../protocol";
import { useChat } from "./context";
import { DownloadButton } from "./download";
import { Icon } from "./icons";

const LOWEST = 40;
const HIGHEST = 2000;
/** Characters. A browser tab that holds more of one plot is no pleasure to use. */
const LARGEST_PLOT = 16_000_000;

type Told = Readonly<Record<string, unknown>> & { readonly type: string };

/** Hears what a frame tells; anything else that is said to the page is not for us. */
function useTold(frame: RefObject<HTMLIFrameElement | null>, hear: (told: Told) => void): void {
  const latest = useRef(hear);
  latest.current = hear;
  useEffect(() => {
    const listen = ({ source, data }: MessageEvent<unknown>): void => {
      if (source !== null && source === frame.current?.contentWindow && isTold(data)) latest.current(data);
    };
    window.addEventListener("message", listen);
    return () => window.removeEventListener("message", listen);
  }, []);
}

function isTold(data: unknown): data is Told {
  return typeof data === "object" && data !== null && "type" in data && typeof data.type === "string";
}

function heightIn({ height }: Told): number | null {
  return typeof height === "number" && Number.isFinite(height)
    ? Math.min(HIGHEST, Math.max(LOWEST, Math.ceil(height)))
    : null;
}

interface SandboxProps {
  readonly frame: RefObject<HTMLIFrameElement | null>;
  readonly document: string;
  readonly title: string;
  readonly height: number;
  readonly loaded: () => void;
}

/** A document of ours with an origin of its own: it sees neither this page nor its storage. */
function Sandbox({ frame, document, title, height, loaded }: SandboxProps): JSX.Element {
  const { client } = useChat();
  return (
    <iframe
      ref={frame}
      class="frame"
      part="frame"
      title={title}
      src={client.resolve(`static/${document}`)}
      sandbox="allow-scripts"
      referrerpolicy="no-referrer"
      loading="lazy"
      style={{ height: `${height}px` }}
      onLoad={loaded}
    />
  );
}

/**
 * HTML of the app. It runs, but loads nothing from other websites before the visitor agrees, and its links open where
 * the chat's own do.
 */
export function HtmlFrame({ html, name }: { readonly html: string; readonly name: string }): JSX.Element {
  const { t } = useChat();
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState(LOWEST);
  const [blocked, setBlocked] = useState<readonly string[]>([]);
  const [open, setOpen] = useState(false);
  useTold(frame, (told) => {
    if (told.type === "trunkline.height") setHeight(heightIn(told) ?? height);
    if (told.type === "trunkline.link") follow(told["href"]);
    if (told.type === "trunkline.blocked") setBlocked(hostsIn(told));
  });
  const hand = (): void => frame.current?.contentWindow?.postMessage({ type: "trunkline.html", html }, "*");
  useEffect(hand, [html]);
  return (
    <div class="framed">
      <Sandbox
        key={open ? "open" : "closed"}
        frame={frame}
        document={open ? "open_frame.html" : "frame.html"}
        title={name || t("html_frame")}
        height={height}
        loaded={hand}
      />
      {blocked.length > 0 && !open ? (
        <button type="button" class="chip" onClick={() => setOpen(true)}>
          <Icon name="download" />
          <span>{t("external", { host: blocked.join(", ") })}</span>
        </button>
      ) : null}
    </div>
  );
}

function follow(href: unknown): void {
  const address = typeof href === "string" ? safeLink(href) : null;
  if (address !== null) window.open(address, "_blank", "noopener,noreferrer");
}

function hostsIn({ hosts }: Told): readonly string[] {
  return Array.isArray(hosts) ? hosts.filter((host): host is string => typeof host === "string").slice(0, 3) : [];
}

/** A plot that can be moved and asked, drawn by its own library; what cannot be drawn can be downloaded. */
export function PlotFrame({ spec, name }: { readonly spec: PlotSpec; readonly name: string }): JSX.Element {
  const { t } = useChat();
  const frame = useRef<HTMLIFrameElement>(null);
  const [height, setHeight] = useState(360);
  const [state, setState] = useState<"loading" | "drawn" | "failed">("loading");
  const { type: library, plot } = spec;
  useTold(frame, (told) => {
    if (told.type === "trunkline.height") setHeight((before) => heightOfPlot(told, before));
    if (told.type === "trunkline.drawn") setState("drawn");
    if (told.type === "trunkline.failed") setState("failed");
  });
  const file = { name: `${name || library}.json`, mime: "application/json", text: plot };
  if (plot.length > LARGEST_PLOT) return <Undrawn sentence={t("plot_large")} file={file} />;
  if (state === "failed") return <Undrawn sentence={t("plot_failed")} file={file} />;
  const order = { type: "trunkline.plot", library, plot };
  return (
    <div class={`framed plot ${state}`} part="plot" aria-busy={state === "loading"}>
      <Sandbox
        key={plot}
        frame={frame}
        document="plot.html"
        title={name || t("interactive_plot")}
        height={height}
        loaded={() => frame.current?.contentWindow?.postMessage(order, "*")}
      />
      {state === "loading" ? <span class="spinner" role="img" aria-label={t("running")} /> : null}
      <DownloadButton file={file} />
    </div>
  );
}

/** Before anything is drawn the frame is empty: its place is kept. */
function heightOfPlot(told: Told, before: number): number {
  const height = heightIn(told) ?? before;
  return height <= LOWEST ? before : height;
}

interface UndrawnProps {
  readonly sentence: string;
  readonly file: { readonly name: string; readonly mime: string; readonly text: string };
}

function Undrawn({ sentence, file }: UndrawnProps): JSX.Element {
  return (
    <div class="file broken" role="note">
      <Icon name="plot" />
      <span class="file-text">
        <bdi class="file-name">{file.name}</bdi>
        <small>{sentence}</small>
      </span>
      <DownloadButton file={file} />
    </div>
  );
}
