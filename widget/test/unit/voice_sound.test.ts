import { describe, expect, it } from "vitest";
import { Capturer, FRAME, loudness } from "../../src/voice/capturer";
import { microphoneFrame, replyFrame } from "../../src/voice/frames";
import { ALL, PlayQueue, type Heard } from "../../src/voice/play_queue";
import { Resampler } from "../../src/voice/resampler";

function tone(rate: number, seconds: number, hertz = 440): Float32Array {
  return Float32Array.from({ length: Math.round(rate * seconds) }, (_, at) => 0.5 * Math.sin((2 * Math.PI * hertz * at) / rate));
}

function power(samples: Float32Array): number {
  return samples.reduce((sum, sample) => sum + sample * sample, 0) / samples.length;
}

/** `samples` in pieces whose lengths are taken from `lengths`, over and over. */
function pieces(samples: Float32Array, lengths: readonly number[]): Float32Array[] {
  const cut: Float32Array[] = [];
  for (let at = 0, turn = 0; at < samples.length; turn += 1) {
    const end = at + (lengths[turn % lengths.length] ?? 1);
    cut.push(samples.slice(at, end));
    at = end;
  }
  return cut;
}

function joined(parts: readonly Float32Array[]): Float32Array {
  return Float32Array.from(parts.flatMap((part) => [...part]));
}

describe.each([
  [48_000, 16_000],
  [44_100, 16_000],
  [16_000, 16_000],
  [8_000, 16_000],
  [24_000, 48_000],
  [24_000, 44_100],
])("a resampler from %i to %i Hz", (from, to) => {
  it("makes as much sound, and the same one", () => {
    const made = new Resampler(from, to).push(tone(from, 1));

    expect(Math.abs(made.length - to)).toBeLessThanOrEqual((17 * Math.max(from, to)) / from);
    const expected = tone(to, 1);
    const settled = Math.round(to * 0.1);
    const error = made.slice(settled, -settled).map((sample, at) => sample - (expected[settled + at] ?? 0));
    expect(power(error)).toBeLessThan(1e-4 * power(expected));
  });

  it("gives the same samples however the sound is cut", () => {
    const sound = tone(from, 0.2).map((sample, at) => sample + 0.1 * Math.sin(at * at));
    const whole = new Resampler(from, to).push(sound);
    for (const lengths of [[128], [1], [7, 0, 500], [48_000]]) {
      const resampler = new Resampler(from, to);
      expect(joined(pieces(sound, lengths).map((piece) => resampler.push(piece)))).toEqual(joined([whole]));
    }
  });

  it("lets nothing through that the lower rate cannot hold", () => {
    if (from <= to) return;
    expect(power(new Resampler(from, to).push(tone(from, 0.5, 11_000)))).toBeLessThan(1e-5);
  });
});

describe("a capturer", () => {
  it("cuts what is heard into frames of 32 ms", () => {
    const frames: Int16Array[] = [];
    const capturer = new Capturer(48_000, 16_000, ({ pcm }) => frames.push(pcm));
    for (const piece of pieces(tone(48_000, 1), [128])) capturer.push(piece);

    expect(frames).toHaveLength(31);
    expect(frames.every((frame) => frame.length === FRAME)).toBe(true);
    expect(Math.max(...frames[10]!)).toBeGreaterThan(16_000);
  });

  it("bounds what is too loud, and takes what is no number for silence", () => {
    const seen: { pcm: Int16Array; level: number }[] = [];
    const capturer = new Capturer(16_000, 16_000, (captured) => seen.push(captured));
    capturer.push(new Float32Array(2 * FRAME).fill(NaN));
    capturer.push(new Float32Array(2 * FRAME).fill(9));

    expect(seen[0]).toMatchObject({ level: 0 });
    expect(seen.at(-1)!.level).toBeCloseTo(1, 3);
    expect([...seen.at(-1)!.pcm]).toEqual(new Array(FRAME).fill(32_767));
  });

  it("measures on a scale of 60 dB", () => {
    expect([1, 1e-3, 1e-6, 1e-9, 0].map(loudness)).toEqual([1, 0.5, 0, 0, 0]);
  });
});

describe("frames", () => {
  it("are as the protocol has them", () => {
    const frame = new Uint8Array(microphoneFrame(7, 2 ** 32 + 5, Int16Array.of(-2, 258), true));

    expect([...frame]).toEqual([1, 1, 0, 2, 7, 0, 0, 0, 0, 0, 0, 0, 5, 0, 0, 0, 254, 255, 2, 1]);
  });

  it("are read, and dropped where they are none", () => {
    const bytes = [1, 2, 0, 1, 7, 0, 0, 0, 3, 0, 0, 0, 9, 0, 0, 0, 254, 255, 2, 1];
    const read = (frame: readonly number[]) => replyFrame(Uint8Array.from(frame).buffer);

    expect(read(bytes)).toEqual({ call: 7, track: 3, last: true, pcm: Int16Array.of(-2, 258) });
    expect(read(bytes.slice(0, 16))?.pcm).toHaveLength(0);
    for (const [at, value] of [[0, 2], [1, 1], [2, 1]] as const) expect(read(bytes.with(at, value))).toBeNull();
    expect(read(bytes.slice(0, 19))).toBeNull();
    expect(read([])).toBeNull();
  });
});

describe("a play queue", () => {
  const RATE = 24_000;

  /** `out` is what was played; `run` plays so many milliseconds. */
  function player(rate = RATE) {
    const told: Heard[] = [];
    const out: number[] = [];
    const queue = new PlayQueue(RATE, rate, (heard) => told.push(heard));
    const run = (ms: number): void => {
      for (let left = (ms * rate) / 1000; left > 0; left -= 128) {
        const block = new Float32Array(128);
        queue.pull(block);
        out.push(...block);
      }
    };
    return { queue, told, out, run };
  }

  function sound(ms: number, level = 8000): Int16Array {
    return new Int16Array((ms * RATE) / 1000).fill(level);
  }

  function voiced(out: readonly number[]): number {
    return out.filter((sample) => Math.abs(sample) > 0.1).length;
  }

  it.each([24_000, 48_000, 44_100])("plays all that came at %i Hz, and counts it", (rate) => {
    const { queue, told, out, run } = player(rate);
    for (let piece = 0; piece < 10; piece += 1) queue.push(1, sound(100), piece === 9);
    run(1200);

    expect(told.at(-1)).toEqual({ track: 1, samples: RATE, done: true });
    expect(Math.abs(voiced(out) - rate)).toBeLessThan(rate / 200);
    const steps = told.map(({ samples }) => samples);
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
    expect(told.length).toBeLessThanOrEqual(6);
  });

  it("waits until enough is there to go on without gaps, but not for ever", () => {
    const { queue, told, out, run } = player();
    queue.push(1, sound(20), false);
    run(40);
    expect(voiced(out)).toBe(0);
    run(60);
    expect(voiced(out)).toBeGreaterThan(400);
    expect(told).toContainEqual({ track: 1, samples: 480, done: false });
  });

  it("begins at once with a sound that is whole", () => {
    const { queue, out, run } = player();
    queue.push(1, sound(20), true);
    run(10);
    expect(voiced(out)).toBeGreaterThan(0);
  });

  it("goes on after a gap", () => {
    const { queue, told, run } = player();
    queue.push(1, sound(100), false);
    run(500);
    queue.push(1, sound(100), true);
    run(500);
    expect(told.at(-1)).toEqual({ track: 1, samples: 4800, done: true });
  });

  it("ends a sound whose last frame is empty", () => {
    const { queue, told, run } = player();
    queue.push(1, sound(100), false);
    run(300);
    queue.push(1, new Int16Array(0), true);
    run(10);
    expect(told.at(-1)).toEqual({ track: 1, samples: 2400, done: true });
  });

  it("cuts a sound off within 10 ms, and tells how far it was heard", () => {
    const { queue, told, out, run } = player(48_000);
    queue.push(1, sound(3000), false);
    run(1000);
    queue.flush(1);
    const before = voiced(out);
    run(1000);

    const { samples, done } = told.at(-1)!;
    expect(done).toBe(true);
    expect(Math.abs(samples - RATE)).toBeLessThan(RATE / 100);
    expect((voiced(out) - before) / 48).toBeLessThan(10);
    queue.push(1, sound(500), true);
    run(500);
    expect(out.slice(-48_000 / 4).every((sample) => sample === 0)).toBe(true);
  });

  it("tells of every sound that it cut off, and of one that it never had", () => {
    const { queue, told, run } = player();
    queue.push(1, sound(500), true);
    queue.push(2, sound(500), true);
    run(100);
    told.length = 0;
    queue.flush(2);
    queue.flush(5);

    expect(told.map(({ track, done }) => [track, done])).toEqual([[1, true], [2, true], [5, true]]);
    expect(told[1]?.samples).toBe(0);
    queue.push(4, sound(100), true);
    queue.push(6, sound(100), true);
    run(300);
    expect(told.at(-1)).toEqual({ track: 6, samples: 2400, done: true });
    expect(told).toHaveLength(4);
  });

  it("is silent after an interruption here until it is allowed again", () => {
    const { queue, told, out, run } = player();
    queue.push(1, sound(500), false);
    run(200);
    queue.flush(ALL);
    queue.push(2, sound(500), true);
    run(50);
    const before = voiced(out);
    run(300);
    expect(voiced(out)).toBe(before);
    expect(told.every(({ track }) => track === 1)).toBe(true);

    queue.allow(2);
    queue.push(3, sound(100), true);
    run(300);
    expect(told.at(-1)).toEqual({ track: 3, samples: 2400, done: true });
  });

  it("plays sounds one after the other, and ends one that another follows", () => {
    const { queue, told, run } = player();
    queue.push(1, sound(100), false);
    queue.push(2, sound(100), true);
    run(400);
    expect(told.filter(({ done }) => done)).toEqual([
      { track: 1, samples: 2400, done: true },
      { track: 2, samples: 2400, done: true },
    ]);
  });
});
