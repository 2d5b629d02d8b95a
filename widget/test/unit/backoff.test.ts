import { describe, expect, it } from "vitest";
import { backoff } from "../../src/connection/backoff";

describe("backoff", () => {
  it("doubles from half a second to thirty", () => {
    expect([0, 1, 2, 3, 10, 1000].map((attempt) => backoff(attempt, 1))).toEqual([500, 1000, 2000, 4000, 30_000, 30_000]);
  });

  it("spreads over the upper half", () => {
    expect(backoff(1, 0)).toBe(500);
    expect(backoff(1, 0.5)).toBe(750);
  });
});
