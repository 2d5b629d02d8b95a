/** Draws what Bokeh wrote. The library itself is a global of the frame. */

type Attributes = Record<string, unknown>;

interface Item {
  readonly target_id: string | null;
  readonly root_id: string;
  readonly doc: { version: string; readonly roots: readonly { readonly attributes?: Attributes }[] };
}

declare const Bokeh: {
  readonly version: string;
  readonly embed: { embed_item(item: Item, place: HTMLElement): Promise<unknown> };
};

const HEIGHT = 420;
const TEXT = "#e0e2ea";
const LINE = "#6f7386";
const AXIS: Attributes = {
  axis_line_color: LINE,
  major_tick_line_color: LINE,
  minor_tick_line_color: LINE,
  major_label_text_color: TEXT,
  axis_label_text_color: TEXT,
};
const CLEAR: Attributes = { background_fill_color: null, border_fill_color: null };
/** What models look like in dark surroundings, where the app has not said how. */
const DARK: Readonly<Record<string, Attributes>> = {
  Figure: { ...CLEAR, outline_line_color: LINE },
  Plot: { ...CLEAR, outline_line_color: LINE },
  LinearAxis: AXIS,
  LogAxis: AXIS,
  CategoricalAxis: AXIS,
  DatetimeAxis: AXIS,
  MercatorAxis: AXIS,
  Grid: { grid_line_color: "#3a3d4a" },
  Title: { text_color: TEXT },
  Legend: { label_text_color: TEXT, background_fill_color: "#22242d", border_line_color: LINE },
  ColorBar: { background_fill_color: null, major_label_text_color: TEXT, title_text_color: TEXT },
};

export async function drawBokeh(place: HTMLElement, plot: string, dark: boolean): Promise<void> {
  const item = JSON.parse(plot) as Item;
  for (const { attributes } of item.doc.roots) {
    if (attributes === undefined || "width" in attributes || "sizing_mode" in attributes) continue;
    attributes["sizing_mode"] = "stretch_width";
    attributes["height"] ??= HEIGHT;
  }
  if (dark) darken(item.doc);
  // Versions of one generation read each other's documents; a warning in the console helps nobody.
  item.doc.version = Bokeh.version;
  await Bokeh.embed.embed_item(item, place);
}

/** Gives every model within the attributes that it has for dark surroundings and does not set itself. */
function darken(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  const { type, name } = value as { readonly type?: unknown; readonly name?: unknown };
  const look = type === "object" && typeof name === "string" ? DARK[name] : undefined;
  if (look !== undefined) {
    const model = value as { attributes?: Attributes };
    model.attributes = { ...look, ...model.attributes };
  }
  for (const member of Object.values(value)) darken(member);
}
