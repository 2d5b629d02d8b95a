/** Draws what Plotly for Python wrote. The library itself is a global of the frame. */

type Look = Record<string, unknown>;

interface Plotly {
  newPlot(place: HTMLElement, figure: Figure & { readonly config: Look }): Promise<unknown>;
}

interface Figure {
  readonly data?: unknown;
  readonly layout?: Look;
  readonly frames?: unknown;
}

declare const Plotly: Plotly;

const AXIS = { gridcolor: "#3a3d4a", linecolor: "#6f7386", zerolinecolor: "#565a6b" };
const SCENE_AXIS = { ...AXIS, backgroundcolor: "#1d1f27" };
/** What the default template of Plotly for Python sets for white paper, for dark surroundings. */
const DARK: Look = {
  paper_bgcolor: "rgba(0,0,0,0)",
  plot_bgcolor: "rgba(0,0,0,0)",
  font: { color: "#eceef4" },
  xaxis: AXIS,
  yaxis: AXIS,
  scene: { xaxis: SCENE_AXIS, yaxis: SCENE_AXIS, zaxis: SCENE_AXIS },
  polar: { bgcolor: "rgba(0,0,0,0)", angularaxis: AXIS, radialaxis: AXIS },
  ternary: { bgcolor: "rgba(0,0,0,0)", aaxis: AXIS, baxis: AXIS, caxis: AXIS },
  geo: { bgcolor: "rgba(0,0,0,0)", landcolor: "#22242d", lakecolor: "#16171d", subunitcolor: "#565a6b" },
};

export async function drawPlotly(place: HTMLElement, plot: string, dark: boolean): Promise<void> {
  const { data, layout = {}, frames } = JSON.parse(plot) as Figure;
  const { width, ...sized } = layout;
  const wide = typeof width === "number" && width > innerWidth;
  place.classList.toggle("wide", wide);
  await Plotly.newPlot(place, {
    data,
    layout: {
      autosize: width === undefined,
      margin: { l: 60, r: 30, t: "title" in layout ? 70 : 30, b: 50 },
      ...(width === undefined ? sized : layout),
      template: template(layout, dark),
    },
    frames,
    config: { responsive: true, displaylogo: false, showSendToCloud: false },
  });
}

function template(layout: Look, dark: boolean): Look {
  const given = (layout["template"] ?? {}) as { readonly layout?: Look };
  const look = given.layout ?? {};
  return { ...given, layout: dark ? merged(look, DARK) : merged({ paper_bgcolor: "rgba(0,0,0,0)" }, look) };
}

/** `over` laid over `under`, member by member. */
function merged(under: Look, over: Look): Look {
  const result = { ...under };
  for (const [name, value] of Object.entries(over)) {
    const before = result[name];
    result[name] = isLook(before) && isLook(value) ? merged(before, value) : value;
  }
  return result;
}

function isLook(value: unknown): value is Look {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
