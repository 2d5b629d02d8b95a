// The page at `/`: shows the chat in each of its placements, and writes the line that puts it on another website.
// @ts-check

/** @typedef {{ placement: string, theme: string, app: string, position: string }} Choices */

const chat = /** @type {HTMLElement} */ (document.getElementById("chat"));
const view = /** @type {HTMLElement} */ (document.getElementById("view"));
const form = /** @type {HTMLFormElement} */ (document.getElementById("choices"));
const snippet = /** @type {HTMLElement} */ (document.getElementById("snippet"));
const copied = /** @type {HTMLElement} */ (document.getElementById("copied"));
const fullPage = /** @type {HTMLAnchorElement} */ (document.getElementById("full-page"));
const positions = /** @type {HTMLElement} */ (document.getElementById("positions"));
const server = document.body.dataset["server"] ?? "";
const own = new URL(".", location.href).href;

/** @returns {Choices} */
function choices() {
  const data = new FormData(form);
  const said = (/** @type {string} */ name) => String(data.get(name) ?? "");
  return { placement: said("placement"), theme: said("theme"), app: said("app"), position: said("position") };
}

/** @param {HTMLElement} element @param {string} name @param {string} value */
function set(element, name, value) {
  if (value === "") element.removeAttribute(name);
  else if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** @param {string} text */
function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}

/** @param {string} prefix @param {Partial<Choices>} values */
function attributes(prefix, values) {
  return Object.entries(values)
    .filter(([, value]) => value !== "")
    .map(([name, value]) => ` ${prefix}${name}="${escaped(value)}"`)
    .join("");
}

/** @param {Choices} chosen */
function line({ placement, theme, app, position }) {
  const script = `${escaped(server || own)}widget.js`;
  if (placement === "bubble" || placement === "panel") {
    const other = placement === "panel" ? placement : "";
    return `<script src="${script}"${attributes("data-", { placement: other, app, theme, position })} async></script>`;
  }
  const element = `<trunkline-chat${attributes("", { placement, app, theme })}></trunkline-chat>`;
  return `<script src="${script}" data-manual async></script>\n${element}`;
}

/** @param {Choices} chosen */
function show(chosen) {
  const closable = chosen.placement === "bubble" || chosen.placement === "panel";
  positions.hidden = !closable;
  const { placement } = chosen;
  set(chat, "app", chosen.app);
  set(chat, "theme", chosen.theme);
  set(chat, "position", closable ? chosen.position : "");
  if (view.dataset["placement"] !== placement) {
    view.dataset["placement"] = placement;
    chat.toggleAttribute("open", false);
    // In this page's own frame the full page is what stands inline.
    set(chat, "placement", placement === "page" ? "inline" : placement);
    chat.toggleAttribute("open", closable && !matchMedia("(max-width: 480px)").matches);
  }
  document.documentElement.dataset["scheme"] = chosen.theme === "app" ? "" : chosen.theme;
  fullPage.search = chosen.app === "" ? "" : `?app=${encodeURIComponent(chosen.app)}`;
  snippet.textContent = line({ ...chosen, position: closable ? chosen.position : "" });
  copied.textContent = "";
}

async function copy() {
  const text = snippet.textContent ?? "";
  try {
    await navigator.clipboard.writeText(text);
    copied.textContent = "Copied.";
  } catch (error) {
    if (!(error instanceof DOMException || error instanceof TypeError)) throw error;
    // Pages that are not secure have no clipboard: select it, for Ctrl-C.
    getSelection()?.selectAllChildren(snippet);
    copied.textContent = "Press Ctrl-C to copy what is marked.";
  }
}

form.addEventListener("input", () => show(choices()));
form.addEventListener("submit", (event) => event.preventDefault());
document.getElementById("copy")?.addEventListener("click", () => void copy());
show(choices());

export {};
