// The theme editor: every change shows in the widget beside it at once, and in what there is to copy. Nothing is saved.
// @ts-check

/** @typedef {"light" | "dark"} Scheme */
/** @typedef {HTMLElement & { strings: Record<string, string> }} Chat */

const SCHEMES = /** @type {const} */ (["light", "dark"]);
/** The widget's own colours. @type {Record<string, { label: string, light: string, dark: string }>} */
const COLOURS = {
  accent: { label: "Accent", light: "#4f46e5", dark: "#5a5ce6" },
  "on-accent": { label: "Writing on it", light: "#ffffff", dark: "#ffffff" },
  link: { label: "Links", light: "", dark: "" },
  surface: { label: "Ground", light: "#ffffff", dark: "#16171d" },
  raised: { label: "Raised ground", light: "#f4f4f7", dark: "#22242d" },
  text: { label: "Text", light: "#1b1c22", dark: "#eceef4" },
  muted: { label: "Quiet text", light: "#5d6070", dark: "#a2a6b8" },
  line: { label: "Lines", light: "#e3e4ea", dark: "#343743" },
};
/** Links take the accent, towards black or white, where nothing else is said: part of each. */
const LINK_MIX = { light: [0, 0.12], dark: [255, 0.55] };
/** What must be readable on what (WCAG 2.2, 1.4.3). */
const PAIRS = [
  ["on-accent", "accent"],
  ["link", "surface"],
  ["text", "surface"],
  ["text", "raised"],
  ["muted", "surface"],
  ["muted", "raised"],
];
const LEGIBLE = 4.5;
const RADIUS = 18;
const WORDS = {
  title: "Title, if the app has none",
  message_placeholder: "In the box, likewise",
  examples: "Above the examples",
  new_conversation: "Begin a chat",
};

const form = /** @type {HTMLFormElement} */ (document.getElementById("form"));
const frame = /** @type {HTMLIFrameElement} */ (document.getElementById("frame"));
const output = /** @type {HTMLElement} */ (document.getElementById("output"));
const note = /** @type {HTMLElement} */ (document.getElementById("output-note"));
const warnings = /** @type {HTMLElement} */ (document.getElementById("warnings"));
const radiusShown = /** @type {HTMLOutputElement} */ (document.getElementById("radius-shown"));
const copied = /** @type {HTMLElement} */ (document.getElementById("copied"));
/** @type {{ theme: Record<string, string>, strings: Record<string, string>, public: string }} */
const current = JSON.parse(document.body.dataset["current"] ?? "{}");

/** @param {string} tag @param {Record<string, string>} attributes @param {(Node | string)[]} children */
function element(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** The control of that name. @param {string} name */
function control(name) {
  return /** @type {HTMLInputElement} */ (form.elements.namedItem(name));
}

/** @param {string} name @param {Scheme} scheme */
function colourName(name, scheme) {
  return `${name}:${scheme}`;
}

/** The widget's own colour of that name, with the accent as it is here. @param {string} name @param {Scheme} scheme */
function own(name, scheme) {
  if (name !== "link") return COLOURS[name]?.[scheme] ?? "";
  const accent = control(colourName("accent", scheme)).value;
  const [towards = 0, share = 0] = LINK_MIX[scheme];
  const parts = [1, 3, 5].map((at) => Math.round(parseInt(accent.slice(at, at + 2), 16) * (1 - share) + towards * share));
  return `#${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

/** Schemes whose links nobody has chosen: they follow the accent. @type {Set<Scheme>} */
const following = new Set();

function followAccent() {
  for (const scheme of following) control(colourName("link", scheme)).value = own("link", scheme);
}

function build() {
  const rows = Object.entries(COLOURS).map(([name, { label }]) => {
    const cells = SCHEMES.map((scheme) => {
      const attributes = { type: "color", name: colourName(name, scheme), "aria-label": `${label}, ${scheme}` };
      return element("td", {}, element("input", attributes), element("code", { "aria-hidden": "true" }));
    });
    return element("tr", {}, element("th", { scope: "row" }, label), ...cells);
  });
  document.getElementById("colours")?.append(...rows);
  const fields = Object.entries(WORDS).map(([key, label]) =>
    element("label", { class: "field" }, element("span", {}, label), element("input", { name: `word:${key}`, maxlength: "80" })),
  );
  document.getElementById("words")?.append(...fields);
}

/** The two colours of a value of the settings. @param {string | undefined} value */
function parsed(value) {
  const found = /^light-dark\((#\w{6}),\s*(#\w{6})\)$/.exec(value ?? "") ?? /^(#\w{6})$/.exec(value ?? "");
  return found === null ? null : { light: found[1] ?? "", dark: found[2] ?? found[1] ?? "" };
}

/** Fills the form: with what the settings say, or (`bare`) with the widget's own. @param {boolean} bare */
function fill(bare) {
  const theme = bare ? {} : current.theme;
  const strings = bare ? {} : current.strings;
  following.clear();
  for (const name of Object.keys(COLOURS)) {
    const set = parsed(theme[`--trunkline-${name}`]);
    for (const scheme of SCHEMES) {
      control(colourName(name, scheme)).value = set?.[scheme] ?? own(name, scheme);
      if (name === "link" && set === null) following.add(scheme);
    }
  }
  control("radius").value = String(parseInt(theme["--trunkline-radius"] ?? "", 10) || (theme["--trunkline-radius"] === "0px" ? 0 : RADIUS));
  control("width").value = String(parseInt(theme["--trunkline-width"] ?? "", 10) || "");
  control("height").value = String(parseInt(theme["--trunkline-height"] ?? "", 10) || "");
  control("font").value = theme["--trunkline-font"] ?? "";
  control("position").value = "";
  for (const key of Object.keys(WORDS)) control(`word:${key}`).value = strings[key] ?? "";
}

/** What differs from the widget's own, as custom properties. */
function properties() {
  /** @type {Record<string, string>} */
  const changed = {};
  for (const name of Object.keys(COLOURS)) {
    const [light, dark] = SCHEMES.map((scheme) => control(colourName(name, scheme)).value);
    if (light !== own(name, "light") || dark !== own(name, "dark")) {
      changed[`--trunkline-${name}`] = light === dark ? `${light}` : `light-dark(${light}, ${dark})`;
    }
  }
  if (control("radius").value !== String(RADIUS)) changed["--trunkline-radius"] = `${control("radius").value}px`;
  if (control("font").value !== "") changed["--trunkline-font"] = control("font").value;
  for (const name of ["width", "height"]) {
    if (control(name).value !== "" && control(name).checkValidity()) changed[`--trunkline-${name}`] = `${control(name).value}px`;
  }
  return changed;
}

function words() {
  const entries = Object.keys(WORDS).map((key) => [key, control(`word:${key}`).value.trim()]);
  return Object.fromEntries(entries.filter(([, value]) => value !== ""));
}

/** @param {string} name */
function chosen(name) {
  return /** @type {HTMLInputElement} */ (document.querySelector(`input[name="${name}"]:checked`)).value;
}

// The widget

/** Every property that was set on the widget here. @type {Set<string>} */
const applied = new Set();

/** @returns {Chat | null} */
function chat() {
  return frame.contentDocument?.querySelector("trunkline-chat") ?? null;
}

function apply() {
  const widget = chat();
  if (widget === null) return;
  const wanted = properties();
  for (const name of [...applied, ...Object.keys(current.theme)]) {
    if (!(name in wanted) && widget.style.getPropertyValue(name) !== "") widget.style.removeProperty(name);
  }
  for (const [name, value] of Object.entries(wanted)) {
    if (widget.style.getPropertyValue(name) !== value) widget.style.setProperty(name, value);
    applied.add(name);
  }
  if (widget.getAttribute("theme") !== chosen("scheme")) widget.setAttribute("theme", chosen("scheme"));
  const position = control("position").value;
  if ((widget.getAttribute("position") ?? "") !== position) widget.setAttribute("position", position);
  const texts = words();
  if (JSON.stringify(widget.strings ?? {}) !== JSON.stringify(texts)) widget.strings = texts;
  if (frame.contentDocument !== null) frame.contentDocument.documentElement.dataset["scheme"] = chosen("scheme");
}

/** The widget puts the settings' theme on itself when it connects: what is being edited goes over it. */
function follow() {
  applied.clear();
  const widget = chat();
  if (widget === null) return;
  new MutationObserver(apply).observe(widget, { attributeFilter: ["style"] });
  apply();
}

// Contrast

/** @param {string} colour */
function luminance(colour) {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/** @param {string} a @param {string} b */
function contrast(a, b) {
  const [darker = 0, lighter = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (lighter + 0.05) / (darker + 0.05);
}

function warn() {
  const found = SCHEMES.flatMap((scheme) =>
    PAIRS.flatMap(([ink = "", ground = ""]) => {
      const ratio = contrast(control(colourName(ink, scheme)).value, control(colourName(ground, scheme)).value);
      if (ratio >= LEGIBLE) return [];
      const labels = [COLOURS[ink]?.label ?? "", (COLOURS[ground]?.label ?? "").toLowerCase()];
      const pair = ink === "on-accent" ? "Writing on the accent" : `${labels[0]} on ${labels[1]}`;
      return [`${pair}, ${scheme}: contrast ${ratio.toFixed(1)}, needs ${LEGIBLE}.`];
    }),
  );
  const lines = found.map((text) => element("li", {}, text));
  const fine = element("li", { class: "fine" }, "All text can be read in both schemes (WCAG 2.2 AA).");
  warnings.replaceChildren(...(lines.length > 0 ? lines : [fine]));
}

// What there is to copy

/** @param {string} text */
function quoted(text) {
  return JSON.stringify(text);
}

/** @param {string} table @param {Record<string, string>} values @param {(key: string) => string} key */
function toml(table, values, key) {
  const lines = Object.entries(values).map(([name, value]) => `${key(name)} = ${quoted(value)}`);
  return lines.length === 0 ? [] : [`[${table}]`, ...lines, ""];
}

function settingsText() {
  const lines = [...toml("web.theme", properties(), quoted), ...toml("web.strings", words(), (name) => name)];
  return lines.length === 0 ? "# Nothing differs from the widget's own." : lines.join("\n").trimEnd();
}

/** @param {string} text */
function attribute(text) {
  return text.replaceAll("&", "&amp;").replaceAll("'", "&#39;").replaceAll("<", "&lt;");
}

function pageText() {
  const placement = chosen("placement");
  const position = control("position").value;
  const texts = words();
  const data = [
    ...(placement === "panel" ? [["placement", "panel"]] : []),
    ...(position === "" || placement === "inline" ? [] : [["position", position]]),
    ...(Object.keys(texts).length === 0 ? [] : [["strings", JSON.stringify(texts)]]),
  ];
  const written = (/** @type {string} */ prefix) => data.map(([name, value]) => ` ${prefix}${name}='${attribute(value ?? "")}'`).join("");
  const script = `${current.public}widget.js`;
  const inline = `<script src="${script}" data-manual async></script>\n<trunkline-chat placement="inline"${written("")}></trunkline-chat>`;
  const tag = placement === "inline" ? inline : `<script src="${script}"${written("data-")} async></script>`;
  const rules = Object.entries(properties()).map(([name, value]) => `  ${name}: ${value};`);
  return rules.length === 0 ? tag : `<style>\ntrunkline-chat {\n${rules.join("\n")}\n}\n</style>\n${tag}`;
}

function write() {
  const settings = chosen("output") === "settings";
  output.textContent = settings ? settingsText() : pageText();
  note.textContent = settings
    ? "Into trunkline.toml: holds wherever the widget stands."
    : "Into a page: holds there, as far as the settings say nothing else.";
  copied.textContent = "";
}

async function copy() {
  try {
    await navigator.clipboard.writeText(output.textContent ?? "");
    copied.textContent = "Copied.";
  } catch (error) {
    if (!(error instanceof DOMException || error instanceof TypeError)) throw error;
    // Pages that are not secure have no clipboard: select it, for Ctrl-C.
    getSelection()?.selectAllChildren(output);
    copied.textContent = "Press Ctrl-C to copy what is marked.";
  }
}

function changed() {
  for (const code of document.querySelectorAll(".colours code")) {
    code.textContent = /** @type {HTMLInputElement} */ (code.previousElementSibling).value;
  }
  radiusShown.textContent = `${control("radius").value} px`;
  apply();
  warn();
  write();
}

function place() {
  const address = `/theme/frame?placement=${chosen("placement")}`;
  if (frame.getAttribute("src") !== address) frame.src = address;
}

build();
fill(false);
form.addEventListener("input", (event) => {
  const { name = "" } = /** @type {HTMLInputElement} */ (event.target);
  for (const scheme of SCHEMES) if (name === colourName("link", scheme)) following.delete(scheme);
  followAccent();
  changed();
});
form.addEventListener("submit", (event) => event.preventDefault());
frame.addEventListener("load", follow);
for (const choice of document.querySelectorAll('input[name="placement"], input[name="scheme"], input[name="output"]')) {
  choice.addEventListener("change", () => {
    place();
    changed();
  });
}
document.getElementById("reset")?.addEventListener("click", () => {
  fill(true);
  changed();
});
document.getElementById("copy")?.addEventListener("click", () => void copy());
changed();
follow();

export {};
