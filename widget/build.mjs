/**
 * Builds the widget into the web bridge's static folder. The result depends on the sources and pinned packages alone.
 * `--check` builds in memory and fails when the folder holds anything else.
 */
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { transform } from "esbuild";
import { rolldown } from "rolldown";

const root = import.meta.dirname;
const target = join(root, "../bridges/trunkline_bridges/web/static");
/** Bytes gzipped: what a page loads before the chat is opened, and all that an open chat with text in it has loaded. */
const BUDGETS = { launcher: 6_000, window: 45_000 };

/** Style sheets are imported as minified text. @type {import("rolldown").Plugin} */
const minifiedCss = {
  name: "minified-css",
  async load(path) {
    if (!path.endsWith(".css")) return null;
    const { code } = await transform(await readFile(path, "utf8"), { loader: "css", minify: true });
    return { code: `export default ${JSON.stringify(code.trim())}`, moduleType: "js" };
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
  const build = await rolldown({ cwd: root, input: { [name]: source }, plugins: [minifiedCss], ...input });
  const { output: files } = await build.generate({ minify: true, comments: false, ...output });
  await build.close();
  return files.filter((file) => file.type === "chunk");
}

/** @returns {Promise<Map<string, string>>} file name → content */
async function built() {
  const chat = await bundle("chat", "src/chat.tsx", {}, {
    format: "es",
    entryFileNames: "[name]-[hash].js",
    chunkFileNames: "[name]-[hash].js",
    codeSplitting: { groups: [{ name: chunkOf, debugName: "core" }] },
  });
  const module = chat.find((chunk) => chunk.isEntry);
  if (module === undefined) throw new Error("the bundler gave no entry");
  const define = { CHAT_MODULE: JSON.stringify(module.fileName) };
  const launcher = await bundle("widget", "src/launcher/widget.ts", { transform: { define } }, {
    format: "iife",
    entryFileNames: "[name].js",
  });
  const files = new Map([...chat, ...launcher].map((chunk) => [chunk.fileName, chunk.code]));
  files.set("frame.html", await readFile(join(root, "src/frame.html"), "utf8"));
  const imported = new Set([module.fileName]);
  for (const name of imported) {
    for (const other of chat.find((chunk) => chunk.fileName === name)?.imports ?? []) imported.add(other);
  }
  measure(files, imported);
  return files;
}

/** @param {Map<string, string>} files @param {Set<string>} imported by the window at once */
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

/** @param {Map<string, string>} files */
async function check(files) {
  const there = new Set(await readdir(target));
  const stale = [...there].filter((name) => !files.has(name));
  for (const [name, content] of files) {
    if (!there.has(name) || (await readFile(join(target, name), "utf8")) !== content) stale.push(name);
  }
  if (stale.length > 0) throw new Error(`${target} is not what the sources build (${stale.join(", ")}): run "npm run build"`);
}

/** @param {Map<string, string>} files */
async function write(files) {
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { recursive: true });
  for (const [name, content] of files) await writeFile(join(target, name), content);
}

const files = await built();
await (process.argv.includes("--check") ? check(files) : write(files));
