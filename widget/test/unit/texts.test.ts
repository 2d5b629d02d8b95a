import { describe, expect, it } from "vitest";
import { ENGLISH, translator } from "../../src/strings";
import { bytes, seconds } from "../../src/text";

describe("translator", () => {
  it("prefers the server's words and falls back to English", () => {
    const t = translator({ send: "Ask" });

    expect(t("send")).toBe("Ask");
    expect(t("stop")).toBe(ENGLISH.stop);
  });

  it("fills values in as they are", () => {
    expect(translator({})("remove", { name: "$& {name}" })).toBe("Remove $& {name}");
  });
});

describe("sizes and times", () => {
  it("are short", () => {
    expect([0, 999, 1000, 1_250_000, 482_113].map(bytes)).toEqual(["0 B", "999 B", "1.0 kB", "1.3 MB", "482 kB"]);
    expect([0.83, 9.96, 12.4].map(seconds)).toEqual(["0.8", "10.0", "12"]);
  });
});
