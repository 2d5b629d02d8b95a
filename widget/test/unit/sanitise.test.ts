// @vitest-environment jsdom
import { Lexer } from "marked";
import { describe, expect, it } from "vitest";
import { sanitised } from "../../src/markdown/sanitise";

function clean(text: string): HTMLElement {
  const place = document.createElement("div");
  place.append(sanitised(new Lexer({ gfm: true }).lex(text), "https://bridge.example/"));
  return place;
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

const HARMLESS = new Set(["href", "target", "rel", "src", "alt", "title", "open", "type", "disabled", "checked", "align"]);

describe("sanitised", () => {
  it.each(ATTACKS)("takes the harm out of %s", (attack) => {
    const place = clean(`before\n\n${attack}\n\nafter`);

    expect(place.textContent).toContain("before");
    expect(place.querySelector("script, style, iframe, object, embed, form, svg, math, link, meta, base, video")).toBeNull();
    for (const element of place.querySelectorAll("*")) {
      for (const { name, value } of element.attributes) {
        expect(HARMLESS).toContain(name);
        expect(value.toLowerCase().replaceAll(/\s/g, "")).not.toContain("script:");
        expect(name === "src" ? value : "").not.toContain("evil");
      }
    }
  });

  it("keeps what people write", () => {
    const place = clean("H<sub>2</sub>O <kbd>Ctrl</kbd>\n\n<details><summary>More</summary>\n\n**bold**\n\n</details>");

    expect(place.querySelector("sub")?.textContent).toBe("2");
    expect(place.querySelector("details summary")?.textContent).toBe("More");
    expect(place.querySelector("details strong")?.textContent).toBe("bold");
  });

  it("puts a link in place of a picture from elsewhere", () => {
    const place = clean('<b>x</b> <img alt="far" src="https://far.example/b.png"> <img src="/media/a.png">');

    expect([...place.querySelectorAll("img")].map((one) => one.src)).toEqual(["https://bridge.example/media/a.png"]);
    expect(place.querySelector("a")?.href).toBe("https://far.example/b.png");
  });
});
