import { Resampler } from "./resampler";

/** Samples of a frame: 32 ms at 16 kHz, what the server's voice detection takes at a time. */
export const FRAME = 512;

export interface Captured {
  readonly pcm: Int16Array<ArrayBuffer>;
  /** How loud it is, from 0 to 1: the root mean square on a scale of 60 dB. */
  readonly level: number;
}

/** What a microphone hears, as frames of 16-bit samples. */
export class Capturer {
  readonly #resampler: Resampler;
  readonly #captured: (captured: Captured) => void;
  #frame = new Int16Array(FRAME);
  #filled = 0;
  #power = 0;

  constructor(from: number, to: number, captured: (captured: Captured) => void) {
    this.#resampler = new Resampler(from, to);
    this.#captured = captured;
  }

  push(samples: Float32Array): void {
    for (const sample of this.#resampler.push(samples.map(finite))) {
      const value = Math.max(-32_768, Math.min(32_767, Math.round(sample * 32_767)));
      this.#frame[this.#filled] = value;
      this.#power += (value / 32_768) ** 2;
      this.#filled += 1;
      if (this.#filled === FRAME) this.#flush();
    }
  }

  #flush(): void {
    this.#captured({ pcm: this.#frame, level: loudness(this.#power / FRAME) });
    this.#frame = new Int16Array(FRAME);
    this.#filled = this.#power = 0;
  }
}

/** A power on a scale of 60 dB, from 0 to 1. */
export function loudness(power: number): number {
  return power === 0 ? 0 : Math.min(1, Math.max(0, 1 + (10 * Math.log10(power)) / 60));
}

function finite(sample: number): number {
  return Number.isFinite(sample) ? sample : 0;
}
