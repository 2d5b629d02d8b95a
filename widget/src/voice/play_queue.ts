import { Resampler } from "./resampler";

/** Milliseconds of a sound that have to be there before it begins, and begins again after a gap. */
const AHEAD_MS = 60;
/** A sound that is cut off fades, so that it does not click. */
const FADE_MS = 5;
/** A number above that of every sound. */
export const ALL = 2 ** 32;
const REPORT_MS = 250;
/** Samples that are converted at a time. */
const BLOCK = 120;

interface Track {
  readonly number: number;
  readonly pieces: Int16Array[];
  /** Samples that are there and not converted yet. */
  waiting: number;
  /** Samples converted. */
  taken: number;
  last: boolean;
  begun: boolean;
  readonly resampler: Resampler;
}

export interface Heard {
  readonly track: number;
  /** Samples of the track, at its own rate. */
  readonly samples: number;
  /** It has ended, or was cut off. */
  readonly done: boolean;
}

/** What is to be played, sound by sound, and exactly how much of it was. */
export class PlayQueue {
  readonly #from: number;
  readonly #to: number;
  readonly #report: (heard: Heard) => void;
  readonly #tracks: Track[] = [];
  /** Converted and not played yet: of the first track alone. */
  #ready = new Float32Array(0);
  #fading = new Float32Array(0);
  /** Sounds up to this one were cut off: what still comes of them is dropped. */
  #flushed = 0;
  #sinceReport = 0;
  /** Samples of silence that were played while too little of a sound was there. */
  #patience = 0;

  /** Rates of the sounds and of the loudspeaker. */
  constructor(from: number, to: number, report: (heard: Heard) => void) {
    this.#from = from;
    this.#to = to;
    this.#report = report;
  }

  push(number: number, pcm: Int16Array, last: boolean): void {
    if (number <= this.#flushed) return;
    let track = this.#tracks.find((one) => one.number === number);
    if (track === undefined) {
      // It follows an earlier one, of which then nothing more comes.
      for (const earlier of this.#tracks) earlier.last = true;
      const resampler = new Resampler(this.#from, this.#to);
      track = { number, pieces: [], waiting: 0, taken: 0, last: false, begun: false, resampler };
      this.#tracks.push(track);
    }
    if (pcm.length > 0) track.pieces.push(pcm);
    track.waiting += pcm.length;
    track.last ||= last;
  }

  /** Cuts off the sound of that number and those before it: all but a fade of 5 ms. */
  flush(number: number): void {
    this.#flushed = Math.max(this.#flushed, number);
    const [playing] = this.#tracks;
    let told = false;
    while (this.#tracks[0] !== undefined && this.#tracks[0].number <= number) {
      const track = this.#tracks[0];
      this.#report({ track: track.number, samples: this.#heard(track), done: true });
      told ||= track.number === number;
      if (track === playing) this.#fade();
      this.#tracks.shift();
    }
    if (!told && number < ALL) this.#report({ track: number, samples: 0, done: true });
  }

  /** Lets sounds be heard again whose number is lower than one that was cut off ahead. */
  allow(number: number): void {
    this.#flushed = Math.min(this.#flushed, number);
  }

  /** Fills `out` with what comes next, and with silence behind it. */
  pull(out: Float32Array): void {
    out.fill(0);
    const faded = Math.min(out.length, this.#fading.length);
    out.set(this.#fading.subarray(0, faded));
    this.#fading = this.#fading.slice(faded);
    let at = 0;
    while (at < out.length && this.#prepare()) {
      const count = Math.min(out.length - at, this.#ready.length);
      for (let index = 0; index < count; index += 1) out[at + index] = (out[at + index] ?? 0) + (this.#ready[index] ?? 0);
      this.#ready = this.#ready.slice(count);
      at += count;
      this.#finishIfDone();
    }
    this.#patience = at < out.length && (this.#tracks[0]?.waiting ?? 0) > 0 ? this.#patience + out.length - at : 0;
    this.#tell(at);
  }

  /** Is too little there to begin with, and has what is there not waited for long? */
  #awaits(track: Track): boolean {
    if (track.waiting === 0) return true;
    return track.waiting < (AHEAD_MS * this.#from) / 1000 && this.#patience < (AHEAD_MS * this.#to) / 1000;
  }

  /** Has samples of the first track ready; false when there is nothing to be heard now. */
  #prepare(): boolean {
    const [track] = this.#tracks;
    if (track === undefined) return false;
    if (this.#ready.length > 0) return true;
    if (!track.begun && !track.last && this.#awaits(track)) return false;
    track.begun = true;
    this.#patience = 0;
    while (this.#ready.length === 0 && track.waiting > 0) this.#ready = track.resampler.push(take(track));
    if (this.#ready.length !== 0) return true;
    if (!track.last) {
      track.begun = false;
      this.#report({ track: track.number, samples: track.taken, done: false });
    }
    this.#finishIfDone();
    return this.#tracks[0] !== track && this.#prepare();
  }

  #finishIfDone(): void {
    const [track] = this.#tracks;
    if (track === undefined || !track.last || track.waiting > 0 || this.#ready.length > 0) return;
    this.#report({ track: track.number, samples: track.taken, done: true });
    this.#tracks.shift();
  }

  #tell(played: number): void {
    const [track] = this.#tracks;
    this.#sinceReport += played;
    if (track === undefined || this.#sinceReport < (REPORT_MS * this.#to) / 1000) return;
    this.#sinceReport = 0;
    this.#report({ track: track.number, samples: this.#heard(track), done: false });
  }

  #heard(track: Track): number {
    const unheard = track === this.#tracks[0] ? Math.ceil((this.#ready.length * this.#from) / this.#to) : 0;
    return Math.max(0, track.taken - unheard);
  }

  #fade(): void {
    const length = Math.min(this.#ready.length, Math.floor((FADE_MS * this.#to) / 1000));
    this.#fading = this.#ready.slice(0, length).map((sample, index) => sample * (1 - index / length));
    this.#ready = new Float32Array(0);
  }
}

/** The next samples of a track, between -1 and 1. */
function take(track: Track): Float32Array {
  const [first = new Int16Array()] = track.pieces;
  const piece = first.subarray(0, BLOCK);
  if (piece.length === first.length) track.pieces.shift();
  else track.pieces[0] = first.subarray(BLOCK);
  track.waiting -= piece.length;
  track.taken += piece.length;
  return Float32Array.from(piece, (sample) => sample / 32_768);
}
