import { describe, expect, it } from "vitest";
import { Tunings, USUAL } from "../../src/voice/tuning";

function kept(value: string | null = null) {
  const held = new Map<string, string | null>([["key", value]]);
  const store = { get: (key: string) => held.get(key) ?? null, set: (key: string, to: string | null) => void held.set(key, to) };
  return { held, tunings: new Tunings(store, "key") };
}

describe("the tunings of conversations", () => {
  it("are apart", () => {
    const { tunings } = kept();
    tunings.keep(1, { ...USUAL, language: "de" });
    tunings.keep(2, { ...USUAL, speed: 2 });

    expect(tunings.of(1)).toEqual({ language: "de", voice: "", speed: 0 });
    expect(tunings.of(2)).toEqual({ language: "", voice: "", speed: 2 });
    expect(tunings.of(3)).toEqual(USUAL);
  });

  it("are those of the newest fifty", () => {
    const { tunings } = kept();
    for (let number = 1; number <= 51; number += 1) tunings.keep(number, { ...USUAL, voice: "low" });

    expect([tunings.of(1).voice, tunings.of(2).voice]).toEqual(["", "low"]);
  });

  it.each(["{", "null", "7", "[7]", "[[1]]", '[[1, {"speed": "fast"}]]', '[["1", {}]]'])("are none in %s", (value) => {
    expect(kept(value).tunings.of(1)).toEqual(USUAL);
  });
});
