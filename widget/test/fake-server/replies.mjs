/**
 * What the fake app answers: a script of patches for each word that a message may hold.
 * @typedef {Record<string, any>} Frame
 */
const picture = (/** @type {string} */ sky, /** @type {string} */ ground, /** @type {string} */ shape) =>
  `media/pictures/${sky}-${ground}-${shape}.svg`;

const text = (/** @type {string} */ words) => ({ type: "text", text: words });

export const MARKDOWN = `## Three ways to sort

Sorting means **putting things in order**. Here is a short comparison, with [a link](https://example.org/sorting):

| Algorithm | Average | Stable |
|:---|---:|:---:|
| Quicksort | *n* log *n* | no |
| Merge sort | *n* log *n* | yes |
| Insertion sort | *n*² | yes |

1. Pick what fits the data.
2. Measure it:
   - once on random input,
   - once on sorted input.

- [x] written
- [ ] measured

\`\`\`python
def insertion_sort(items: list[int]) -> list[int]:
    for i in range(1, len(items)):
        while i and items[i - 1] > items[i]:
            items[i - 1], items[i] = items[i], items[i - 1]
            i -= 1
    return items
\`\`\`

> Premature optimisation is the root of all evil.

Press \`Ctrl\` + \`C\` to stop it.`;

export const HTML = `Water is H<sub>2</sub>O. Press <kbd>Enter</kbd>.

<details><summary>More</summary>

Hidden **words** <img src=x onerror="alert(1)"> <script>alert(2)</script>

</details>`;

const MEDIA = [
  text("Here is what I found."),
  { type: "media", kind: "image", alt: "A hill at dusk", caption: "The hill at dusk", source: { url: picture("f97316", "7c3aed", "hill") } },
  ...["sea", "sun", "hill"].map((shape, at) => ({
    type: "media", kind: "image", alt: shape, caption: `No. ${at + 1}: the ${shape}`, group: "g",
    source: { url: picture(["0ea5e9", "facc15", "22c55e"][at] ?? "", ["1e3a8a", "dc2626", "064e3b"][at] ?? "", shape) },
  })),
  { type: "media", kind: "audio", name: "birds.wav", mime: "audio/wav", source: { url: "media/sound/birds.wav" } },
  { type: "media", kind: "file", name: "report 2026.pdf", mime: "application/pdf", source: { url: "media/file/report.pdf", size: 482_113 } },
  { type: "media", kind: "image", name: "remote.png", source: { url: "https://pictures.example/remote.png", external: true } },
  { type: "media", kind: "plot", alt: "Sales by month", spec: { type: "plotly", plot: '{"data": []}' } },
  { type: "media", kind: "html", spec: "<h3>Sandboxed</h3><button onclick=\"this.textContent='clicked'\">Click me</button>" },
  { type: "media", kind: "video", name: "film.mp4", error: "The film is larger than 25 MB: ask for a shorter one." },
];

const ARTIFACTS = [
  { type: "artifact", kind: "code", label: "Program", language: "python", value: "print('hello')" },
  { type: "artifact", kind: "table", label: "Numbers", value: { headers: ["city", "people"], data: [["Lyon", 522_250], ["Turin", 848_885]] } },
  { type: "artifact", kind: "json", label: "Answer", value: { ok: true, items: [1, 2] } },
];

const OPTIONS = ["Tell me more", "Make it shorter", "Start again"].map((value) => ({ type: "option", value }));

/**
 * The steps of a reply: lists of patches, each after a pause; a step of `null` waits until it is stopped.
 * @param {string} asked
 * @returns {(Frame[] | null)[]}
 */
export function script(asked) {
  const words = asked.toLowerCase();
  const failing = [set(["state"], "failed"), set(["error"], FAILURE)];
  if (words.includes("error")) return [...opening("I will try"), failing];
  if (words.includes("forever")) return [...opening("I am thinking about it"), null];
  const before = [...(words.includes("think") ? THINKING : []), ...(words.includes("progress") ? PROGRESS : [])];
  const at = words.includes("think") ? 2 : 0;
  if (words.includes("media")) return [...before, ...MEDIA.map((part, index) => [set(["messages", 0, "parts", at + index], part)])];
  const after = [
    ...(words.includes("artifact") ? [[set(["artifacts"], ARTIFACTS)]] : []),
    ...(words.includes("option") ? [[set(["messages", 0, "options"], OPTIONS)]] : []),
  ];
  return [...before, [set(["messages", 0, "parts", at], text(""))], ...stream(bodyFor(words, asked), at), ...after];
}

const FAILURE = "The app failed while it wrote: no module named torch. Try again.";

/** @param {string} words @param {string} asked */
function bodyFor(words, asked) {
  if (words.includes("markdown")) return MARKDOWN;
  if (words.includes("html")) return HTML;
  if (words.includes("long")) return Array(40).fill("A long story, sentence by sentence.").join(" ");
  return `You said: ${asked}`;
}

const THINKING = [
  [set(["messages", 0, "parts", 0], { type: "thought", title: "Looking it up", status: "pending", parts: [text("Which sources are there?")] })],
  [set(["messages", 0, "parts", 0, "parts", 1], { type: "thought", title: "Searched the library", status: "done", duration: 0.83, parts: [text("Found **3** books.")] })],
  [set(["messages", 0, "parts", 0, "status"], "done"), set(["messages", 0, "parts", 0, "duration"], 2.4)],
  [set(["messages", 0, "parts", 1], { type: "thought", title: "Checked the answer", status: "done", duration: 12 })],
];

const PROGRESS = [
  ...[0.1, 0.4, 0.8].map((progress) => [set(["notices"], [{ type: "notice", level: "progress", text: "Reading pages", progress }])]),
  [set(["notices"], [])],
];

/** @param {(string | number)[]} path @param {unknown} value */
function set(path, value) {
  return { op: "set", path, value };
}

/** @param {string} body @param {number} part */
function stream(body, part) {
  const tokens = body.match(/\s*\S+|\s+$/g) ?? [];
  return tokens.map((value) => [{ op: "append", path: ["messages", 0, "parts", part, "text"], value }]);
}

/** @param {string} words */
function opening(words) {
  return [[set(["messages", 0, "parts", 0], text(""))], ...stream(words, 0)];
}
