// @vitest-environment jsdom
import { Lexer, type Token } from "marked";
import { render } from "preact";
import { act } from "preact/test-utils";
import { describe, expect, it } from "vitest";
import { Formula, mathOptions } from "../../src/markdown/math";
import { ChatContext } from "../../src/view/context";
import { draw, fakeChat } from "../fakes/chat";

const DELIMITERS = [
  { left: "$$", right: "$$", display: true },
  { left: "$", right: "$", display: false },
  { left: "\\(", right: "\\)", display: false },
  { left: "\\[", right: "\\]", display: true },
];

/** Sources of the formulas in a text, those on lines of their own in brackets. */
function formulas(text: string): readonly string[] {
  const found: string[] = [];
  const look = (tokens: readonly Token[]): void => {
    for (const token of tokens) {
      if (token.type === "math") found.push((token["display"] ? "[x]" : "x").replace("x", String(token["source"]).trim()));
      if (token.type === "list") look((token as unknown as { items: Token[] }).items);
      else if ("tokens" in token && token.tokens) look(token.tokens);
    }
  };
  look(new Lexer({ gfm: true, breaks: true, ...mathOptions(DELIMITERS) }).lex(text));
  return found;
}

describe("mathOptions", () => {
  it.each([
    ["let $x$ and $$y$$ be", ["x", "[y]"]],
    ["\\(a_1 * b_1\\) and \\[c\\]", ["a_1 * b_1", "[c]"]],
    ["text\n$$\na\n- b\n= c\n$$\nmore", ["[a\n- b\n= c]"]],
    ["- item $a$\n- $$b$$", ["a", "[b]"]],
    ["**bold $a*b$** *x $c*d$ y*", ["a*b", "c*d"]],
    ["$\\text{costs \\$5}$", ["\\text{costs \\$5}"]],
    ["${a$b}$", ["{a$b}"]],
  ])("finds the formulas of %j", (text, expected) => {
    expect(formulas(text)).toEqual(expected);
  });

  it.each([
    "`$a$` and ``$$b$$``",
    "```\n$$a$$\n```",
    "    $$indented$$",
    "it costs $5 and $6",
    "\\$a\\$ is escaped",
    "an open $$a",
    "$$ $",
  ])("finds none in %j", (text) => {
    expect(formulas(text)).toEqual([]);
  });
});

describe("Formula", () => {
  const token = (source: string) => ({ type: "math", raw: source, source, display: false, view: Formula }) as const;

  it("is set, and told to who listens", async () => {
    const place = await draw(<Formula token={token("\\frac{a}{b}")} />);

    expect(place.querySelector(".katex-html .mfrac")).not.toBeNull();
    expect(place.querySelector("math mfrac")).not.toBeNull();
  });

  it.each(["\\frac{", "\\nosuchcommand", "x".repeat(9_000), "\\def\\a{\\a\\a}\\a", "{".repeat(5_000)])("shows what is none as it is: %.20s", async (source) => {
    const place = await draw(<Formula token={token(source)} />);

    expect(place.textContent).toBe(source);
    expect(place.querySelector(".katex")).toBeNull();
  });

  it.each(["\\href{javascript:alert(1)}{x}", "\\includegraphics{https://x.example/a.png}", "\\htmlStyle{color:red}{x}"])(
    "runs and loads nothing for %s",
    async (source) => {
      const place = await draw(<Formula token={token(source)} />);

      expect(place.querySelector("a, img, [style*=color\\:red]")).toBeNull();
    },
  );

  it("keeps the last whole formula while more of it is written", async () => {
    const chat = fakeChat();
    const place = await draw(<Formula token={token("a^2")} />, chat);
    const next = async (source: string): Promise<void> =>
      await act(() => render(<ChatContext.Provider value={chat}>{<Formula token={token(source)} />}</ChatContext.Provider>, place));
    await next("a^2 + \\frac{b");

    expect(place.querySelector(".katex annotation")?.textContent).toBe("a^2");
    await next("a^2 + \\frac{b}{c}");
    expect(place.querySelector(".mfrac")).not.toBeNull();
  });
});
