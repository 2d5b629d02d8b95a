import { describe, expect, it } from "vitest";
import { wave } from "../../src/capture/wave";

describe("wave", () => {
  it("is a WAV file of the samples, those out of range cut off", async () => {
    const file = wave(new Float32Array([0, 0.5, -1, 2]), 16_000);
    const view = new DataView(await file.arrayBuffer());
    const text = (at: number, length: number): string => String.fromCharCode(...new Uint8Array(view.buffer, at, length));

    expect(file.type).toBe("audio/wav");
    expect([text(0, 4), text(8, 8), text(36, 4)]).toEqual(["RIFF", "WAVEfmt ", "data"]);
    expect([view.getUint32(4, true), view.getUint32(24, true), view.getUint32(40, true)]).toEqual([44, 16_000, 8]);
    expect([44, 46, 48, 50].map((at) => view.getInt16(at, true))).toEqual([0, 16_384, -32_767, 32_767]);
  });
});
