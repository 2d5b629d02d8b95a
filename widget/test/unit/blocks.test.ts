import { describe, expect, it } from "vitest";
import { BlockReader, limitNesting } from "../../src/markdown/blocks";
import { MARKDOWN } from "../fake-server/replies.mjs";

function keys(text: string): string[] {
  return new BlockReader().read(text).map((block) => block.key);
}

describe("BlockReader", () => {
  it.each([
    ["every kind of block", MARKDOWN],
    ["a heading that is underlined late", "Title\n===\n\ntext"],
    ["a list that becomes loose", "- a\n- b\n\n- c\n\n  more\n\nend"],
    ["a fence with blank lines", "```\na\n\n\nb\n```\nend"],
    ["link definitions at the end", "See [it][1].\n\nMore.\n\n[1]: https://example.org\n\nEnd."],
    ["HTML in the middle", "a\n\n<div>\n\nb\n\n</div>\n\nc <b>d</b>\n\ne"],
    ["line ends of Windows", "a\r\n\r\nb\r\n\r\nc"],
  ])("reads %s the same piece by piece as at once", (_what, text) => {
    const reader = new BlockReader();
    let grown: string[] = [];
    for (let end = 1; end <= text.length; end += 1) grown = reader.read(text.slice(0, end)).map((block) => block.key);

    expect(grown).toEqual(keys(text));
  });

  it("keeps finished blocks the same objects", () => {
    const reader = new BlockReader();
    const before = reader.read("one\n\ntwo\n\nthr");
    const after = reader.read("one\n\ntwo\n\nthree and more\n\nfour");

    expect(after).toHaveLength(4);
    expect(after[0]).toBe(before[0]);
    expect(after[1]).toBe(before[1]);
  });

  it("starts over when the text is another one", () => {
    const reader = new BlockReader();
    reader.read("one\n\ntwo\n\nthree");

    expect(reader.read("uno\n\ndue").map((block) => block.key)).toEqual(keys("uno\n\ndue"));
  });

  it.each([
    ["a\n\n<details>\n\nb\n\n</details>\n\nc", ["a", "<details>", "c"]],
    ["<div><p>a\n\nb\n\n</div>\n\nc\n\nd", ["<div>", "c", "d"]],
    ["<img src=x>\n\nb\n\n<!-- <div> -->\n\nc", ["<img", "b", "<!--", "c"]],
    ["<ul><li>a\n\nb\n\nc", ["<ul>"]],
    ["</div>\n\n</div>\n\nb", ["</div>", "</div>", "b"]],
  ])("holds elements together with what stands in them: %j", (text, begins) => {
    const found = new BlockReader().read(text).map(({ tokens }) => tokens[0]?.raw ?? "");

    expect(found).toHaveLength(begins.length);
    expect(found.every((raw, index) => raw.startsWith(begins[index]!))).toBe(true);
  });

  it("loses nothing where quotes nest deeper than is drawn", () => {
    const text = `${">".repeat(30)} deep\n\nsecond\n\nthird`;
    const reader = new BlockReader();
    for (let end = 1; end < text.length; end += 1) reader.read(text.slice(0, end));

    expect(reader.read(text).at(-1)?.tokens[0]?.raw).toBe("third");
    expect(reader.read(text).at(-2)?.tokens[0]?.raw).toBe("second");
  });

  it("resolves links whose address comes last", () => {
    const [first] = new BlockReader().read("See [it][1].\n\n[1]: https://example.org");

    expect(JSON.stringify(first?.tokens)).toContain("https://example.org");
  });
});

describe("hostile texts", () => {
  const inTime = (text: string): void => {
    const start = performance.now();
    const reader = new BlockReader();
    reader.read(text);
    expect(performance.now() - start).toBeLessThan(2000);
  };

  it.each([
    ["10,000 quotes deep", `${">".repeat(10_000)} deep`],
    ["10,000 lists deep", `${"- ".repeat(10_000)}deep`],
    ["10,000 open brackets", "[".repeat(10_000)],
    ["10,000 open stars", "**a ".repeat(10_000)],
    ["10,000 open emphases of both kinds", "*_".repeat(10_000)],
    ["a megabyte of one word", "a".repeat(1_000_000)],
    ["a table of 20,000 cells", `|a|b|\n|-|-|\n${"|c|d|\n".repeat(10_000)}`],
    ["10,000 open elements", "<div>".repeat(10_000)],
    ["10,000 backticks", "`".repeat(9_999)],
  ])("reads %s in time", (_what, text) => inTime(text));

  it("nests no deeper than it can draw", () => {
    const limited = limitNesting(`${">".repeat(30)} deep\n> > shallow`);

    expect(limited).toBe(`${">".repeat(24)}\\${">".repeat(6)} deep\n> > shallow`);
  });
});
