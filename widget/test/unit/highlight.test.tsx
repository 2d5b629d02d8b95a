// @vitest-environment jsdom
import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ChatContext } from "../../src/view/context";
import { Highlighted } from "../../src/view/highlight";
import { draw, fakeChat } from "../fakes/chat";

afterEach(() => vi.useRealTimers());

describe("Highlighted", () => {
  it.each([
    ["py", "def f(): return None"],
    ["js", "const x = '<b>';"],
    ["tsx", "const a: number = 1;"],
    ["c++", "int main() { return 0; }"],
    ["sh", "if true; then echo hi; fi"],
    ["html", '<a href="x">y</a>'],
    ["rs", "fn main() {}"],
    ["yml", "a: true"],
  ])("colours %s and changes nothing", async (language, text) => {
    const place = await draw(<Highlighted text={text} language={language} />);

    expect(place.textContent).toBe(text);
    expect(place.querySelector("span[class^=hljs-]")).not.toBeNull();
  });

  it("leaves other languages as they are", async () => {
    const place = await draw(<Highlighted text="<b>x</b>" language="klingon" />);

    expect(place.firstChild?.nodeType).toBe(Node.TEXT_NODE);
    expect(place.textContent).toBe("<b>x</b>");
  });

  it("colours long code that grows now and then, and shows all of it at once", async () => {
    vi.useFakeTimers();
    const chat = fakeChat();
    const long = "x = 1\n".repeat(1_000);
    const place = await draw(<Highlighted text={long} language="python" />, chat);
    const coloured = (): number => place.querySelectorAll(".hljs-number").length;
    const grown = `${long}y = 2\n`;
    await act(() => render(<ChatContext.Provider value={chat}>{<Highlighted text={grown} language="python" />}</ChatContext.Provider>, place));

    expect([place.textContent, coloured()]).toEqual([grown, 1_000]);
    await act(() => void vi.advanceTimersByTime(200));
    expect([place.textContent, coloured()]).toEqual([grown, 1_001]);
  });
});
