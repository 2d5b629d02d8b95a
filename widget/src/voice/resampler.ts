/** Zero crossings of the sinc on each side of a sample, at the lower of both rates. */
const CROSSINGS = 16;
/** Of the lower rate's half: what is left of the way up to it is the filter's slope. */
const CUTOFF = 0.95;

/**
 * Samples of one rate as samples of another: a windowed sinc, one set of weights for each position between two samples.
 * The same sound in other pieces gives the same samples.
 */
export class Resampler {
  readonly #up: number;
  readonly #down: number;
  readonly #length: number;
  /** By phase, `#length` weights each. */
  readonly #weights: Float32Array;
  #held: Float32Array<ArrayBuffer>;
  /** Where in `#held` the next sample's weights begin. */
  #at = 0;
  #phase = 0;

  /** Rates in samples a second, whole numbers. */
  constructor(from: number, to: number) {
    const common = divisor(from, to);
    this.#up = to / common;
    this.#down = from / common;
    const scale = Math.max(1, from / to);
    const half = Math.ceil(CROSSINGS * scale);
    this.#length = 2 * half;
    this.#weights = weights(this.#up, half, CUTOFF / scale);
    this.#held = new Float32Array(half - 1);
  }

  push(samples: Float32Array): Float32Array<ArrayBuffer> {
    const all = new Float32Array(this.#held.length + samples.length);
    all.set(this.#held);
    all.set(samples, this.#held.length);
    const ready = all.length - this.#length - this.#at;
    const count = ready < 0 ? 0 : Math.floor((ready * this.#up + this.#up - 1 - this.#phase) / this.#down) + 1;
    const made = new Float32Array(count);
    for (let index = 0; index < count; index += 1) {
      const first = this.#phase * this.#length;
      let sum = 0;
      for (let tap = 0; tap < this.#length; tap += 1) sum += (this.#weights[first + tap] ?? 0) * (all[this.#at + tap] ?? 0);
      made[index] = sum;
      this.#phase += this.#down;
      this.#at += Math.floor(this.#phase / this.#up);
      this.#phase %= this.#up;
    }
    const used = Math.min(this.#at, all.length);
    this.#held = all.slice(used);
    this.#at -= used;
    return made;
  }
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}

/** For each of `phases` positions the weights of the `2 * half` samples around it; they add up to 1. */
function weights(phases: number, half: number, cutoff: number): Float32Array {
  const length = 2 * half;
  const all = new Float32Array(phases * length);
  for (let phase = 0; phase < phases; phase += 1) {
    const row = Array.from({ length }, (_, tap) => {
      const distance = tap - half + 1 - phase / phases;
      const window = 0.42 + 0.5 * Math.cos((Math.PI * distance) / half) + 0.08 * Math.cos((2 * Math.PI * distance) / half);
      return sinc(distance * cutoff) * (Math.abs(distance) > half ? 0 : window);
    });
    const sum = row.reduce((one, other) => one + other, 0);
    all.set(row.map((weight) => weight / sum), phase * length);
  }
  return all;
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}
