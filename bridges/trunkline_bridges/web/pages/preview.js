// `/preview`: which conversation the columns show, and with which settings of their bridges.
// @ts-check

const conversation = /** @type {HTMLSelectElement} */ (document.getElementById("conversation"));
const frames = /** @type {NodeListOf<HTMLIFrameElement>} */ (document.querySelectorAll("iframe[data-bridge]"));
const settings = /** @type {NodeListOf<HTMLSelectElement>} */ (document.querySelectorAll("select[data-setting]"));

/** @param {HTMLIFrameElement} frame */
function draw(frame) {
  const { bridge = "" } = frame.dataset;
  const query = new URLSearchParams({ conversation: conversation.value });
  for (const select of settings) {
    if (select.dataset["bridge"] === bridge) query.set(select.dataset["setting"] ?? "", select.value);
  }
  const address = `/preview/${encodeURIComponent(bridge)}?${query}`;
  if (frame.getAttribute("src") !== address) frame.src = address;
}

for (const frame of frames) draw(frame);
for (const select of settings) select.addEventListener("change", () => frames.forEach(draw));
conversation.addEventListener("change", () => {
  frames.forEach(draw);
  history.replaceState(null, "", `?conversation=${encodeURIComponent(conversation.value)}`);
});

export {};
