// @vitest-environment jsdom
import { render } from "preact";
import { act } from "preact/test-utils";
import { describe, expect, it } from "vitest";
import { Markdown } from "../../src/markdown/markdown";
import { ChatContext } from "../../src/view/context";
import { draw, fakeChat } from "../fakes/chat";

async function html(text: string): Promise<string> {
  return (await draw(<Markdown text={text} />)).firstElementChild?.innerHTML ?? "";
}

describe("Markdown", () => {
  it.each([
    ["**bold** *it* ~~gone~~ `a<b`", "<p><strong>bold</strong> <em>it</em> <del>gone</del> <code>a&lt;b</code></p>"],
    ["# A\n\n## B", "<h1>A</h1><h2>B</h2>"],
    ["one\ntwo", "<p>one<br>two</p>"],
    ["3. c\n4. d", '<ol start="3"><li>c</li><li>d</li></ol>'],
    ["> quoted", "<blockquote><p>quoted</p></blockquote>"],
    ["a\n\n---\n\nb", "<p>a</p><hr><p>b</p>"],
    ["&copy; &amp; &#8230; &lt;b&gt; 1 < 2", "<p>© &amp; … &lt;b&gt; 1 &lt; 2</p>"],
    ["\\*no\\* &nosuch;", "<p>*no* &amp;nosuch;</p>"],
  ])("draws %s", async (text, expected) => {
    expect(await html(text)).toBe(expected);
  });

  it("draws tables with their alignment", async () => {
    const place = await draw(<Markdown text={"|a|b|\n|:-|-:|\n|1|2|"} />);

    expect([...place.querySelectorAll("th, td")].map((cell) => [cell.textContent, cell.className])).toEqual([
      ["a", "align-left"],
      ["b", "align-right"],
      ["1", "align-left"],
      ["2", "align-right"],
    ]);
  });

  it("draws task lists that cannot be ticked", async () => {
    const place = await draw(<Markdown text={"- [x] done\n- [ ] open"} />);

    const boxes = [...place.querySelectorAll("input")];
    expect(boxes.map((box) => [box.checked, box.disabled])).toEqual([
      [true, true],
      [false, true],
    ]);
    expect(place.textContent).toBe("doneopen");
  });

  it("draws code as it is, with its language", async () => {
    const place = await draw(<Markdown text={"```py\nprint('<b>')\n```"} />);

    expect(place.querySelector("pre")?.textContent).toBe("print('<b>')");
    expect(place.querySelector(".code-bar")?.textContent).toBe("py");
  });

  it("opens links apart, and only safe ones", async () => {
    const place = await draw(
      <Markdown text={"[a](https://x.example) <mailto:a@b.example> [c](javascript:alert(1)) [d](data:text/html,x) [e](/x) https://y.example"} />,
    );

    const links = [...place.querySelectorAll("a")];
    expect(links.map((link) => link.href)).toEqual(["https://x.example/", "mailto:a@b.example", "https://y.example/"]);
    expect(links.every((link) => link.target === "_blank" && link.rel.includes("noopener"))).toBe(true);
    expect(place.textContent).toContain("c d e");
  });

  it("loads pictures of the server only, others on request", async () => {
    const place = await draw(<Markdown text={"![own](https://bridge.example/media/a.png) ![far](https://far.example/b.png)"} />);

    expect([...place.querySelectorAll("img")].map((one) => one.src)).toEqual(["https://bridge.example/media/a.png"]);
    await act(() => place.querySelector("button")?.click());
    expect([...place.querySelectorAll("img")].map((one) => one.src)).toContain("https://far.example/b.png");
  });

  it("changes nothing in finished blocks while the text grows", async () => {
    const chat = fakeChat();
    const place = await draw(<Markdown text={"one\n\ntwo\n\nthr"} />, chat);
    const touched: Node[] = [];
    const observer = new MutationObserver((records) => touched.push(...records.map((record) => record.target)));
    observer.observe(place, { subtree: true, childList: true, characterData: true, attributes: true });

    await act(() =>
      render(<ChatContext.Provider value={chat}>{<Markdown text={"one\n\ntwo\n\nthree"} />}</ChatContext.Provider>, place),
    );
    touched.push(...observer.takeRecords().map((record) => record.target));

    expect(place.textContent).toBe("onetwothree");
    const last = place.querySelector("p:last-of-type");
    expect(touched).not.toHaveLength(0);
    expect(touched.every((node) => last?.contains(node))).toBe(true);
  });
});
