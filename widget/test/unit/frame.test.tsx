// @vitest-environment jsdom
import { act } from "preact/test-utils";
import { afterEach, describe, expect, it, vi } from "vitest";
import { LATE } from "../../src/locales/en";
import { learnEnglish } from "../../src/strings";
import { HtmlFrame, PlotFrame } from "../../src/view/frame";
import { draw } from "../fakes/chat";

learnEnglish(LATE);

/** What a frame says to the page; `source` is another one where it is not the view's own. */
async function told(place: HTMLElement, data: unknown, source?: Window): Promise<void> {
  const own = place.querySelector("iframe")?.contentWindow ?? null;
  await act(() => void window.dispatchEvent(new MessageEvent("message", { data, source: source ?? own })));
}

function height(place: HTMLElement): string | undefined {
  return place.querySelector("iframe")?.style.height;
}

afterEach(() => vi.restoreAllMocks());

describe("HtmlFrame", () => {
  it("is as high as its content, within reason", async () => {
    const place = await draw(<HtmlFrame html="<p>" name="" />);
    const heights: (string | undefined)[] = [];
    for (const value of [300.4, 1e9, -5, "high", NaN]) {
      await told(place, { type: "trunkline.height", height: value });
      heights.push(height(place));
    }

    expect(heights).toEqual(["301px", "2000px", "40px", "40px", "40px"]);
  });

  it("listens to its own frame alone", async () => {
    const place = await draw(<HtmlFrame html="<p>" name="" />);
    await told(place, { type: "trunkline.height", height: 700 }, window);
    await told(place, "trunkline.height");
    await told(place, null);

    expect(height(place)).toBe("40px");
  });

  it("opens links that are safe to follow, apart", async () => {
    const open = vi.spyOn(window, "open").mockReturnValue(null);
    const place = await draw(<HtmlFrame html="<p>" name="" />);
    for (const href of ["https://x.example/", "javascript:alert(1)", "data:text/html,x", 7, undefined]) {
      await told(place, { type: "trunkline.link", href });
    }

    expect(open.mock.calls).toEqual([["https://x.example/", "_blank", "noopener,noreferrer"]]);
  });

  it("loads from elsewhere in a frame that may, once the visitor agrees", async () => {
    const place = await draw(<HtmlFrame html="<p>" name="" />);
    expect(place.querySelector("button")).toBeNull();
    await told(place, { type: "trunkline.blocked", hosts: ["a.example", 3, "b.example"] });
    expect(place.querySelector("button")?.textContent).toBe("From a.example, b.example: show it");
    await act(() => place.querySelector("button")?.click());

    expect(place.querySelector("iframe")?.src).toBe("https://bridge.example/static/open_frame.html");
    expect(place.querySelector("iframe")?.getAttribute("sandbox")).toBe("allow-scripts");
    expect(place.querySelector("button")).toBeNull();
  });
});

describe("PlotFrame", () => {
  it("draws no plot that would hold the page up, and hands it over", async () => {
    const place = await draw(<PlotFrame spec={{ type: "plotly", plot: "x".repeat(16_000_001) }} name="Big" />);

    expect(place.querySelector("iframe")).toBeNull();
    expect(place.textContent).toContain("This plot is too large to be drawn here: download it.");
    expect(place.querySelector("button")?.title).toBe("Download: Big.json");
  });

  it("says what it cannot draw", async () => {
    const place = await draw(<PlotFrame spec={{ type: "plotly", plot: "{" }} name="" />);
    expect(place.querySelector(".plot")?.getAttribute("aria-busy")).toBe("true");
    await told(place, { type: "trunkline.failed" });

    expect(place.textContent).toContain("This plot cannot be drawn here: download it.");
  });

  it("keeps its place until something is drawn", async () => {
    const place = await draw(<PlotFrame spec={{ type: "bokeh", plot: "{}" }} name="" />);
    await told(place, { type: "trunkline.height", height: 0 });
    expect(height(place)).toBe("360px");
    await told(place, { type: "trunkline.height", height: 512 });
    await told(place, { type: "trunkline.drawn" });

    expect(height(place)).toBe("512px");
    expect(place.querySelector(".plot")?.getAttribute("aria-busy")).toBe("false");
  });
});
