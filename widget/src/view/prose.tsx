export { Markdown as Prose } from "../markdown/markdown";
