/** What the fake app says of itself. */
export const profile = {
  name: "demo",
  title: "Atlas assistant",
  description: "Ask about sorting, cities and the sea.",
  input_placeholder: "Ask Atlas…",
  accepts: { text: true, files: true, file_types: ["image", ".pdf"], max_files: 3, max_length: 4000 },
  abilities: { stop: true, retry: true, undo: true, edit: true, clear: true },
  feedback: { like: true, dislike: true, others: ["Inaccurate", "Unsafe"] },
  inputs: [
    { name: "temperature", label: "Temperature", kind: "slider", default: 0.7, minimum: 0, maximum: 2, step: 0.1, info: "Higher is more surprising." },
    { name: "style", label: "Style", kind: "dropdown", default: "plain", choices: [{ label: "Plain", value: "plain" }, { label: "Pirate", value: "pirate" }] },
    { name: "tone", label: "Tone", kind: "radio", default: "kind", choices: [{ label: "Kind", value: "kind" }, { label: "Strict", value: "strict" }] },
    { name: "topics", label: "Topics", kind: "multiselect", default: ["sea"], choices: [{ label: "Cities", value: "cities" }, { label: "The sea", value: "sea" }] },
    { name: "cite", label: "Name the sources", kind: "checkbox", default: true },
    { name: "system", label: "Instructions", kind: "text", default: "", lines: 3, placeholder: "You are…" },
  ],
  examples: [
    { text: "Explain sorting with markdown", label: "Explain sorting" },
    { text: "Think about it and give options", label: "Think it through" },
    { text: "Show me media", label: "Show pictures" },
    { text: "Show an artifact", label: "Make a table" },
  ],
  buttons: [{ id: "upvote", label: "Upvote the app", effect: "quiet" }],
  latex_delimiters: [],
  labels: {},
};
