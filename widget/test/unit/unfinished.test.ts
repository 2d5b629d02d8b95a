import type { Token, Tokens } from "marked";
import { describe, expect, it } from "vitest";
import { BlockReader } from "../../src/markdown/blocks";
import { mend } from "../../src/markdown/unfinished";
import { MARKDOWN } from "../fake-server/replies.mjs";

const MATH = [
  { left: "$$", right: "$$", display: true },
  { left: "\\(", right: "\\)", display: false },
  { left: "$", right: "$", display: false },
];

const TYPED = (
  "Some **bold words**, [a link](https://example.org/long) and `some code`\n\n" +
  "| left | right |\n|:-----|------:|\n| 1 | **2** |\n\nH<sub>2</sub>O ~~is~~ *was* ![it](https://x.example/a.png).\n\n" +
  "1. one **two *three***\n2. four\n   - [five](https://x.example)\n\n```py\nx = 1\n```\n\n> quoted `code` ***all***\n\n"
).repeat(2);

/** What a token shows as words: neither code nor the tags of HTML. */
function wordsOf(token: Token): string {
  if (token.type === "html" || token.type === "code" || token.type === "codespan" || token.type === "image") return "";
  const inner = childrenOf(token);
  return inner.length > 0 ? inner.map(wordsOf).join("") : (token as Tokens.Text).text;
}

function childrenOf(token: Token): readonly Token[] {
  if (token.type === "list") return (token as Tokens.List).items;
  if (token.type !== "table") return ("tokens" in token ? token.tokens : undefined) ?? [];
  const { header, rows } = token as Tokens.Table;
  return [...header, ...rows.flat()].flatMap((cell) => cell.tokens);
}

describe("mend", () => {
  it.each([
    ["**bol", "**bol**"],
    ["**bold ", "**bold**"],
    ["**bold*", "**bold**"],
    ["a **b *c", "a **b *c***"],
    ["a **", "a "],
    ["a *b* _c", "a *b* _c_"],
    ["snake_case and 2 * 3", "snake_case and 2 * 3"],
    ["~~gone", "~~gone~~"],
    ["`cod", "`cod`"],
    ["``a`b", "``a`b``"],
    ["a `", "a "],
    ["see [the te", "see the te"],
    ["see [the text]", "see the text"],
    ["see [the **text](https://exa", "see the **text**"],
    ["see [it](https://x.example) **a", "see [it](https://x.example) **a**"],
    ["a [1] b", "a [1] b"],
    ["look ![a pict", "look "],
    ["look ![a](https://x", "look "],
    ["- [ ", "- "],
    ["- [ ]", "- [ ]"],
    ["a <details cl", "a "],
    ["a <a href=\"https://x", "a "],
    ["1 < 2 and", "1 < 2 and"],
    ["a\\", "a"],
    ["\\*a", "\\*a"],
  ])("closes %j", (half, whole) => {
    expect(mend(half, [])).toBe(whole);
  });

  it.each([
    ["text\n-", "text"],
    ["text\n==", "text"],
    ["text\n##", "text"],
    ["text\n``", "text"],
    ["- a\n-", "- a"],
    ["1. a\n2.", "1. a"],
    ["- **a\n- b", "- **a\n- b"],
    ["**a\n\nb", "**a\n\nb"],
    ["# **a", "# **a**"],
  ])("touches the last piece of %j only", (half, whole) => {
    expect(mend(half, [])).toBe(whole);
  });

  it.each([
    ["```py\nx = **", "```py\nx = **"],
    ["```py\nx = 1\n``", "```py\nx = 1"],
    ["- a\n  ```py\n  x = [", "- a\n  ```py\n  x = ["],
    ["```\na\n```\n**b", "```\na\n```\n**b**"],
  ])("leaves code alone in %j", (half, whole) => {
    expect(mend(half, [])).toBe(whole);
  });

  it.each([
    ["|", ""],
    ["| a | **b", "| a | **b** |\n|---|---|"],
    ["| a | b |\n", "| a | b |\n|---|---|"],
    ["| a | b |\n|--", "| a | b |\n|---|---|"],
    ["| a | b |\n|---|---", "| a | b |\n|---|---"],
    ["| a | b |\n|---|---|\n| **c", "| a | b |\n|---|---|\n| **c**"],
    ["text\n| no table", "text\n| no table"],
  ])("draws the head of a table as one: %j", (half, whole) => {
    expect(mend(half, [])).toBe(whole);
  });

  it.each([
    ["$$a^2", "$$a^2$$"],
    ["$$a^2$", "$$a^2$$"],
    ["$$", ""],
    ["so $", "so "],
    ["$$x \\", "$$x $$"],
    ["$$x + \\frac{a^{2", "$$x + \\frac{a^{2}}$$"],
    ["$$\\{ x", "$$\\{ x$$"],
    ["it is \\(a_1", "it is \\(a_1\\)"],
    ["it costs $5 and", "it costs $5 and"],
    ["$a*b*c$ **x", "$a*b*c$ **x**"],
    ["$$\na\n- b\n", "$$\na\n- b\n$$"],
  ])("closes the formula of %j", (half, whole) => {
    expect(mend(half, MATH)).toBe(whole);
  });

  it("shows no sign at any moment of a text", () => {
    const found = new Set<string>();
    const reader = new BlockReader({ name: "", options: { gfm: true, breaks: true }, mend: (end) => mend(end, []) });
    for (let end = 1; end <= TYPED.length; end += 1) {
      const words = reader.read(TYPED.slice(0, end)).flatMap(({ tokens }) => tokens.map(wordsOf)).join(" ");
      for (const sign of ["**", "~~", "`", "](", "[", "|", "<", "http", "--"]) {
        if (words.includes(sign)) found.add(`${sign} in ${JSON.stringify(TYPED.slice(Math.max(0, end - 20), end))}`);
      }
    }

    expect([...found]).toEqual([]);
  });

  it("leaves a finished text as it is", () => {
    expect(mend(MARKDOWN.trimEnd(), [])).toBe(MARKDOWN.trimEnd());
  });

  it.each(["*", "`", "[", "![", "**a ", "<a ", "| ", "$$", "_a*", "\\"])("mends 20,000 times %j in time", (piece) => {
    const start = performance.now();
    mend(piece.repeat(20_000), MATH);

    expect(performance.now() - start).toBeLessThan(1000);
  });
});
