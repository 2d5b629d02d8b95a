import { describe, expect, it } from "vitest";
import type { Patch, ReplyBody } from "../../src/protocol";
import { applyPatches, PatchMismatch } from "../../src/state/patch";
import { reply } from "../fakes/frames";

const TEXT = ["messages", 0, "parts", 0, "text"] as const;

describe("applyPatches", () => {
  it("appends to a string and leaves the original as it was", () => {
    const before = reply("Once");

    const after = applyPatches(before, [{ op: "append", path: TEXT, value: " upon" }]);

    expect(after).toEqual(reply("Once upon"));
    expect(before).toEqual(reply("Once"));
  });

  it("takes an absent string as empty", () => {
    expect(applyPatches({ type: "reply" }, [{ op: "append", path: ["error"], value: "No" }])).toEqual({
      type: "reply",
      error: "No",
    });
  });

  it("adds the element behind the last, replaces one and takes one away", () => {
    const second = { type: "text", text: "two" } as const;
    const added = applyPatches(reply("one"), [{ op: "set", path: ["messages", 0, "parts", 1], value: second }]);
    const replaced = applyPatches(added, [{ op: "set", path: TEXT, value: "ONE" }]);
    const removed = applyPatches(replaced, [{ op: "remove", path: ["messages", 0, "parts", 1] }]);

    expect((added as ReplyBody).messages?.[0]?.parts).toEqual([{ type: "text", text: "one" }, second]);
    expect(removed).toEqual(reply("ONE"));
  });

  it("applies patches in order", () => {
    const patches: Patch[] = [
      { op: "set", path: ["notices"], value: [] },
      { op: "set", path: ["notices", 0], value: { type: "notice", level: "info" } },
      { op: "remove", path: ["notices"] },
      { op: "set", path: ["state"], value: "final" },
    ];

    expect(applyPatches(reply("x"), patches)).toEqual(reply("x", { state: "final" }));
  });

  it("keeps what it does not touch the same object", () => {
    const before: ReplyBody = { ...reply("a"), artifacts: [{ type: "artifact", kind: "json", value: 1 }] };

    const after = applyPatches(before, [{ op: "append", path: TEXT, value: "b" }]) as ReplyBody;

    expect(after.artifacts).toBe(before.artifacts);
    expect(after.messages).not.toBe(before.messages);
  });

  it.each<[string, Patch]>([
    ["a member on the way is missing", { op: "set", path: ["artifacts", 0], value: 1 }],
    ["an element is missing", { op: "append", path: ["messages", 0, "parts", 7, "text"], value: "x" }],
    ["a gap would arise in an array", { op: "set", path: ["messages", 2], value: 1 }],
    ["an index is no number", { op: "set", path: ["messages", "first"], value: 1 }],
    ["the value is no string", { op: "append", path: ["messages"], value: "x" }],
    ["the path leads through a string", { op: "set", path: [...TEXT, 0], value: "x" }],
  ])("refuses when %s", (_why, patch) => {
    expect(() => applyPatches(reply("x"), [patch])).toThrow(PatchMismatch);
  });

  it("cannot reach a prototype", () => {
    const after = applyPatches(reply("x"), [{ op: "set", path: ["__proto__"], value: { polluted: true } }]);

    expect(Object.getPrototypeOf(after)).toBe(Object.prototype);
    expect(Object.hasOwn(Object.prototype, "polluted")).toBe(false);
    expect(() => applyPatches(reply("x"), [{ op: "set", path: ["__proto__", "y"], value: 1 }])).toThrow(PatchMismatch);
  });
});
