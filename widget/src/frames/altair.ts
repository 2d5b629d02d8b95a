/** Draws what Altair wrote: specifications of Vega-Lite or Vega. The library itself is a global of the frame. */

interface Options {
  readonly actions: boolean;
  readonly theme?: string;
  readonly config: Spec;
}

declare const vegaEmbed: (place: HTMLElement, spec: Spec, options: Options) => Promise<unknown>;

type Spec = Readonly<Record<string, unknown>>;

/** Specifications of several charts have no width of their own to be set. */
const COMPOSED = ["hconcat", "vconcat", "concat", "facet", "repeat", "spec"];
/** The dark theme of Vega, with lines that stay behind the data. */
const DARK = { axis: { gridColor: "#3a3d4a", domainColor: "#6f7386", tickColor: "#6f7386" }, view: { stroke: "#6f7386" } };
const FACETS = ["row", "column", "facet"];

export async function drawAltair(place: HTMLElement, plot: string, dark: boolean): Promise<void> {
  const spec = JSON.parse(plot) as Spec;
  const fitting = fits(spec) ? { autosize: { type: "fit", contains: "padding" }, ...spec, width: "container" } : spec;
  place.classList.toggle("wide", fitting === spec);
  await vegaEmbed(place, fitting, {
    actions: false,
    ...(dark ? { theme: "dark" } : {}),
    config: { background: "transparent", ...(dark ? DARK : {}) },
  });
}

/** May the chart take the width that is there? */
function fits(spec: Spec): boolean {
  if ("width" in spec || COMPOSED.some((name) => name in spec)) return false;
  if (typeof spec["$schema"] === "string" && spec["$schema"].includes("/vega/")) return false;
  const encoding = (spec["encoding"] ?? {}) as Spec;
  return !FACETS.some((name) => name in encoding);
}
