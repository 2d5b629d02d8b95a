// @vitest-environment jsdom
import { act } from "preact/test-utils";
import { describe, expect, it } from "vitest";
import { Markdown } from "../../src/markdown/markdown";
import { draw } from "../fakes/chat";

/** What a text with HTML in it looks like once the sanitiser is there. */
async function clean(text: string): Promise<HTMLElement> {
  await import("../../src/markdown/html");
  const place = await draw(<Markdown text={text} />);
  await settled();
  return place;
}

/** Late parts are loaded, and drawn. */
async function settled(): Promise<void> {
  for (let round = 0; round < 5; round += 1) await act(async () => await new Promise((done) => setTimeout(done, 0)));
}

const ATTACKS = [
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "<svg onload=alert(1)><animate onbegin=alert(1)></svg>",
  "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
  "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
  "<object data=javascript:alert(1)></object><embed src=javascript:alert(1)>",
  "<form action=javascript:alert(1)><button formaction=javascript:alert(1)>go</button></form>",
  "<a href='java&#10;script:alert(1)'>x</a>",
  "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
  "<style>* { background: url(https://evil.example) }</style>",
  "<p style='background:url(https://evil.example)'>x</p>",
  "<link rel=stylesheet href=https://evil.example>",
  "<meta http-equiv=refresh content='0;url=https://evil.example'>",
  "<base href=https://evil.example>",
  "<video src=https://evil.example poster=https://evil.example></video>",
  "<input type=image src=https://evil.example formaction=javascript:alert(1)>",
  "<details open ontoggle=alert(1)>x</details>",
  "<template><img src=x onerror=alert(1)></template>",
  "<b id=host name=host class=window slot=x>x</b>",
  "<img srcset='https://evil.example 1x' src='https://evil.example/x.png'>",
];

const HARMLESS = new Set(["href", "target", "rel", "src", "alt", "title", "open", "type", "disabled", "checked", "align", "loading", "class", "tabindex", "role", "aria-label", "aria-hidden", "viewBox", "d"]);
/** Classes of our own elements: what a text names is none of them. */
const OURS = /^(?:scroll-x|chip|task|icon icon-download)$/;

describe("sanitised", () => {
  it.each(ATTACKS)("takes the harm out of %s", async (attack) => {
    const place = await clean(`before\n\n${attack}\n\nafter`);

    expect(place.textContent).toContain("before");
    expect(place.querySelector("script, style, iframe, object, embed, form, .markdown > svg, math, link, meta, base, video")).toBeNull();
    for (const element of place.querySelectorAll(".markdown > *, .markdown > * > *, details *, p *:not(.icon, .icon *)")) {
      for (const { name, value } of element.attributes) {
        expect(HARMLESS).toContain(name);
        if (name === "class") expect(value).toMatch(OURS);
        expect(value.toLowerCase().replaceAll(/\s/g, "")).not.toContain("script:");
        expect(name === "src" ? value : "").not.toContain("evil");
      }
    }
  });

  it("keeps what people write", async () => {
    const place = await clean("H<sub>2</sub>O <kbd>Ctrl</kbd>\n\n<details><summary>More</summary>\n\n**bold**\n\n</details>");

    expect(place.querySelector("sub")?.textContent).toBe("2");
    expect(place.querySelector("details summary")?.textContent).toBe("More");
    expect(place.querySelector("details strong")?.textContent).toBe("bold");
  });

  it("loads pictures of the server only, others on request", async () => {
    const place = await clean('<b>x</b> <img alt="far" src="https://far.example/b.png"> <img src="https://bridge.example/media/a.png">');

    expect([...place.querySelectorAll("img")].map((one) => one.src)).toEqual(["https://bridge.example/media/a.png"]);
    expect(place.querySelector("button")?.textContent).toBe("far · From far.example: show it");
  });

  it.each([
    ["`Map` is a Map<String, List<Int>> here", "Map is a Map<String, List<Int>> here"],
    ["use <Card title=\"x\"> or <my-tag/>", "use <Card title=\"x\"> or <my-tag/>"],
    ["<think>\nwell\n</think>", "<think>\nwell\n</think>"],
    ["an <article>old</article> <font color=red>tag</font>", "an old tag"],
  ])("shows tags that are none in %s", async (text, shown) => {
    expect((await clean(text)).textContent).toBe(shown);
  });

  it("draws Markdown and code inside of elements as anywhere", async () => {
    const place = await clean("<details open>\n<summary>More</summary>\n\n- [x] one\n\n```py\nprint(1)\n```\n\n</details>\n\nafter **all**");

    expect(place.querySelector("details li.task input")).not.toBeNull();
    expect(place.querySelector("details .code pre")?.textContent).toBe("print(1)");
    expect(place.querySelector(".markdown > p strong")?.textContent).toBe("all");
  });

  it("fills each slot once, whoever names it", async () => {
    const place = await clean('<b>x</b> `one` <trunkline-slot title="1"></trunkline-slot>');

    expect(place.querySelectorAll("code")).toHaveLength(1);
  });
});
