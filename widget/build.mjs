/**
 * Builds the widget into the web bridge's static folder. The result depends on the sources and pinned packages alone.
 * `--check` builds in memory and fails when the folder holds anything else.
 */
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { transform } from "esbuild";
import { rolldown } from "rolldown";
import { hashed, licences, mathFonts, plotLibraries } from "./vendor.mjs";

const root = import.meta.dirname;
const target = join(root, "../bridges/trunkline_bridges/web/static");
/** Bytes gzipped: what a page loads before the chat is opened, and all that an open chat with text in it has loaded. */
const BUDGETS = { launcher: 6_000, window: 45_000 };

/** Style sheets are imported as minified text. @type {import("rolldown").Plugin} */
const minifiedCss = {
  name: "minified-css",
  async load(path) {
    if (!path.endsWith(".css")) return null;
    // Fonts are declared by a script, since a shadow root has none.
    const source = (await readFile(path, "utf8")).replace(/@font-face\s*\{[^}]*\}/g, "");
    const { code } = await transform(source, { loader: "css", minify: true });
    return { code: `export default ${JSON.stringify(code.trim())}`, moduleType: "js" };
  },
};

/**
 * Of marked only the lexer is used. Its file ends with a ready-made instance that holds its renderer fast, and cannot be
 * shaken off. @type {import("rolldown").Plugin}
 */
const lexerOnly = {
  name: "lexer-only",
  transform(code, id) {
    if (!/[\\/]marked\.esm\.js$/.test(id)) return null;
    const lexer = /\b(\w+) as Lexer\b/.exec(code)?.[1];
    const instance = code.search(/;var (\w+)=new \w+;function \w+\(\w+,\w+\)\{return \1\.parse\(/);
    if (lexer === undefined || instance === -1) throw new Error("marked is built otherwise than it was: see lexerOnly");
    return `${code.slice(0, instance)};export { ${lexer} as Lexer };`;
  },
};

/**
 * The chunk that a module of the chat belongs to: `core` if the window needs it from the start. Bundlers would cut the
 * core into as many pieces as there are sets of late views that share modules with it.
 * @param {string} id
 * @param {import("rolldown").ChunkingContext} context
 */
function chunkOf(id, context) {
  const seen = new Set([id]);
  for (const one of seen) {
    const module = context.getModuleInfo(one);
    if (module?.isEntry) return "core";
    for (const importer of module?.importers ?? []) seen.add(importer);
  }
  return null;
}

/**
 * @param {string} name
 * @param {string} source
 * @param {import("rolldown").InputOptions} input
 * @param {import("rolldown").OutputOptions} output
 */
async function bundle(name, source, input, output) {
  const build = await rolldown({ cwd: root, input: { [name]: source }, plugins: [minifiedCss, lexerOnly], ...input });
  const { output: files } = await build.generate({ minify: true, comments: false, ...output });
  await build.close();
  return files.filter((file) => file.type === "chunk");
}

/** @typedef {Map<string, string | Buffer>} Files file name → content */

/** The documents of sandboxed frames: HTML of apps, closed and open to other websites, and plots. @returns {Promise<Files>} */
async function frames() {
  const libraries = await plotLibraries();
  const define = { PLOT_LIBRARIES: JSON.stringify(libraries.names) };
  const [script] = await bundle("plot", "src/frames/plot.ts", { transform: { define } }, { format: "iife" });
  if (script === undefined) throw new Error("the bundler gave no script for plots");
  const name = hashed("plot", "js", script.code);
  const html = await readFile(join(root, "src/frames/html.html"), "utf8");
  const plot = await readFile(join(root, "src/frames/plot.html"), "utf8");
  /** @type {Files} */
  const files = new Map(libraries.files);
  return files
    .set("frame.html", html)
    .set("open_frame.html", html)
    .set("plot.html", plot.replace("plot.js", name))
    .set(name, script.code);
}

/** @returns {Promise<Files>} */
async function built() {
  const math = await mathFonts();
  const [worklet] = await bundle("voice_worklet", "src/voice/worklet.ts", {}, { format: "iife" });
  if (worklet === undefined) throw new Error("the bundler gave no script for the audio thread");
  const workletName = hashed("voice_worklet", "js", worklet.code);
  const put = { MATH_FONTS: JSON.stringify(math.fonts), VOICE_WORKLET: JSON.stringify(workletName) };
  const chat = await bundle("chat", "src/chat.tsx", { transform: { define: put } }, {
    format: "es",
    entryFileNames: "[name]-[hash].js",
    chunkFileNames: "[name]-[hash].js",
    codeSplitting: { groups: [{ name: chunkOf, debugName: "core" }] },
  });
  const module = chat.find((chunk) => chunk.isEntry);
  if (module === undefined) throw new Error("the bundler gave no entry");
  const imported = new Set([module.fileName]);
  for (const name of imported) {
    for (const other of chat.find((chunk) => chunk.fileName === name)?.imports ?? []) imported.add(other);
  }
  const define = { CHAT_MODULES: JSON.stringify([...imported]) };
  const launcher = await bundle("widget", "src/launcher/widget.ts", { transform: { define } }, {
    format: "iife",
    entryFileNames: "[name].js",
  });
  /** @type {Files} */
  const files = new Map([...chat, ...launcher].map((chunk) => [chunk.fileName, chunk.code]));
  for (const [name, content] of [...(await frames()), ...math.files]) files.set(name, content);
  files.set(workletName, worklet.code);
  // The window under a name that stays, for a script older than the server's files.
  files.set("chat.js", `export*from"./${module.fileName}";`);
  files.set("LICENSES.txt", await licences());
  measure(files, imported);
  return files;
}

/** @param {Files} files @param {Set<string>} imported by the window at once */
function measure(files, imported) {
  const size = (/** @type {string[]} */ names) =>
    names.reduce((sum, name) => sum + gzipSync(files.get(name) ?? "", { level: 9 }).length, 0);
  const sizes = { launcher: size(["widget.js"]), window: size(["widget.js", ...imported]) };
  for (const [name, limit] of Object.entries(BUDGETS)) {
    const bytes = sizes[/** @type {keyof typeof sizes} */ (name)];
    console.log(`${name}: ${bytes} bytes gzipped of at most ${limit}`);
    if (bytes > limit) throw new Error(`the ${name} is larger than its budget: make it smaller, or load parts later`);
  }
}

/** Do both hold the same? Compressors differ from one machine to the next, so what is zipped is compared unzipped. */
function same(/** @type {string} */ name, /** @type {Buffer} */ found, /** @type {string | Buffer} */ wanted) {
  if (typeof wanted === "string") return found.toString("utf8") === wanted;
  return name.endsWith(".gz") ? gunzipSync(found).equals(gunzipSync(wanted)) : found.equals(wanted);
}

/** @param {Files} files */
async function check(files) {
  const there = new Set(await readdir(target));
  const stale = [...there].filter((name) => !files.has(name));
  for (const [name, content] of files) {
    if (!there.has(name) || !same(name, await readFile(join(target, name)), content)) stale.push(name);
  }
  if (stale.length > 0) throw new Error(`${target} is not what the sources build (${stale.join(", ")}): run "npm run build"`);
}

/** @param {Files} files */
async function write(files) {
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  for (const [name, content] of files) await writeFile(join(target, name), content);
}

const files = await built();
await (process.argv.includes("--check") ? check(files) : write(files));
