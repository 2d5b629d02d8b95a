/**
 * Files of other projects that the server hands out as they are: libraries that draw plots, fonts of formulas, and the
 * licences of all that is built in. Names hold a hash of the content, so that they can be cached for ever.
 */
import { createHash } from "node:crypto";
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const packages = join(import.meta.dirname, "node_modules");

/** Each is one classic script: the files of a library, in the order in which they need each other. */
const PLOT_LIBRARIES = {
  plotly: ["plotly.js-dist-min/plotly.min.js"],
  altair: ["vega/build/vega.min.js", "vega-lite/build/vega-lite.min.js", "vega-embed/build/vega-embed.min.js"],
  bokeh: ["bokeh", "bokeh-gl", "bokeh-widgets", "bokeh-tables"].map((name) => `@bokeh/bokehjs/build/js/${name}.min.js`),
};
const LICENSED = [
  "preact", "marked", "dompurify", "katex", "lowlight", "highlight.js",
  "plotly.js-dist-min", "vega", "vega-lite", "vega-embed", "@bokeh/bokehjs",
];
const FONTS = "katex/dist/fonts";
/** `KaTeX_Main-BoldItalic.woff2` */
const FONT = /^(?<family>KaTeX_\w+)-(?<bold>Bold)?(?<italic>Italic)?(?:Regular)?\.woff2$/;

/** @typedef {{family: string, weight: string, style: string, file: string}} Font */

/**
 * @param {string} stem
 * @param {string} ending
 * @param {string | Buffer} content
 */
export function hashed(stem, ending, content) {
  const hash = createHash("sha256").update(content).digest("base64url").slice(0, 7);
  // The last sign is a digit: that is how the server tells a hash from a word.
  return `${stem}-${hash}0.${ending}`;
}

/**
 * Large scripts are kept zipped, as they are sent.
 * @returns {Promise<{files: Map<string, Buffer>, names: Record<string, string>}>} `names`: library → name to ask for
 */
export async function plotLibraries() {
  /** @type {Map<string, Buffer>} */
  const files = new Map();
  /** @type {Record<string, string>} */
  const names = {};
  for (const [library, parts] of Object.entries(PLOT_LIBRARIES)) {
    const texts = await Promise.all(parts.map((part) => readFile(join(packages, part), "utf8")));
    const script = texts.map((text) => text.replace(/^\/\/# sourceMappingURL=.*$/m, "").trim()).join("\n;\n");
    names[library] = hashed(library, "js", script);
    files.set(`${names[library]}.gz`, gzipSync(script, { level: 9 }));
  }
  return { files, names };
}

/** @returns {Promise<{files: Map<string, Buffer>, fonts: Font[]}>} the fonts of formulas */
export async function mathFonts() {
  /** @type {Map<string, Buffer>} */
  const files = new Map();
  const fonts = [];
  for (const name of (await readdir(join(packages, FONTS))).sort()) {
    const found = FONT.exec(name)?.groups;
    if (found === undefined) continue;
    const content = await readFile(join(packages, FONTS, name));
    const file = hashed(name.replace(".woff2", ""), "woff2", content);
    files.set(file, content);
    const { family = "" } = found;
    fonts.push({ family, weight: found["bold"] ? "700" : "400", style: found["italic"] ? "italic" : "normal", file });
  }
  return { files, fonts };
}

/** The licences of what is built in, as they ask for. */
export async function licences() {
  const texts = await Promise.all(
    LICENSED.map(async (name) => {
      const folder = join(packages, name);
      const file = (await readdir(folder)).sort().find((entry) => /^licen[sc]e/i.test(entry));
      if (file === undefined) throw new Error(`${name} comes without a licence`);
      const described = /** @type {unknown} */ (JSON.parse(await readFile(join(folder, "package.json"), "utf8")));
      const { version } = /** @type {{version: string}} */ (described);
      return `${name} ${version}\n\n${(await readFile(join(folder, file), "utf8")).trim()}\n`;
    }),
  );
  return texts.join(`\n${"-".repeat(80)}\n\n`);
}
