/**
 * The script of the frame in which plots are drawn. The frame's origin is its own and its policy lets it load nothing
 * but the libraries beside it, which may evaluate what they make; the page of the chat never has to allow that.
 *
 * From the page: `{type: "trunkline.plot", library, plot}`, the plot as Gradio sends it. To the page:
 * `{type: "trunkline.height", height}` whenever it changes, and `{type: "trunkline.failed"}` when it cannot be drawn.
 */
import { drawAltair } from "./altair";
import { drawBokeh } from "./bokeh";
import { drawPlotly } from "./plotly";

/** Library → its script, beside this document. */
declare const PLOT_LIBRARIES: Readonly<Record<string, string>>;

export type Draw = (place: HTMLElement, plot: string, dark: boolean) => Promise<void>;

const DRAWERS: Readonly<Record<string, Draw>> = { plotly: drawPlotly, altair: drawAltair, bokeh: drawBokeh };

const place = document.getElementById("plot") as HTMLElement;
const scheme = matchMedia("(prefers-color-scheme: dark)");

function tell(message: { readonly type: string; readonly height?: number }): void {
  parent.postMessage(message, "*");
}

function load(file: string): Promise<void> {
  return new Promise((loaded, failed) => {
    const script = document.createElement("script");
    script.src = file;
    script.onload = () => loaded();
    script.onerror = () => failed(new Error(`${file} cannot be loaded`));
    document.head.append(script);
  });
}

interface Order {
  readonly type: "trunkline.plot";
  readonly library: string;
  readonly plot: string;
}

function isOrder(data: unknown): data is Order {
  return typeof data === "object" && data !== null && "type" in data && data.type === "trunkline.plot";
}

async function draw({ library, plot }: Order): Promise<void> {
  const drawer = DRAWERS[library];
  const file = PLOT_LIBRARIES[library];
  if (drawer === undefined || file === undefined) throw new Error(`no library for ${library}`);
  await load(file);
  place.className = library;
  const again = async (): Promise<void> => {
    place.replaceChildren();
    await drawer(place, plot, scheme.matches);
  };
  await again();
  scheme.addEventListener("change", () => void again());
}

let ordered = false;

addEventListener("message", ({ source, data }: MessageEvent<unknown>) => {
  if (source !== parent || !isOrder(data) || ordered) return;
  ordered = true;
  draw(data).then(
    () => tell({ type: "trunkline.drawn" }),
    (error: unknown) => {
      console.info("The plot cannot be drawn:", error);
      tell({ type: "trunkline.failed" });
    },
  );
});

new ResizeObserver(() => {
  tell({ type: "trunkline.height", height: document.documentElement.getBoundingClientRect().height });
}).observe(document.documentElement);
