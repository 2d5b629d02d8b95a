import { release } from "./device";
import { asWave } from "./wave";

/** The first that the browser can write: WebM in Chromium and Firefox, MP4 in Safari. */
const FORMATS = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"] as const;
const SLICE_MS = 250;
/** Samples a second of a clip: what speech needs, in 2 MB a minute. */
const RATE = 16_000;

export interface Clip {
  /** Null when nothing was heard at all. */
  readonly file: File | null;
  /** The microphone went away before it was stopped. */
  readonly lost: boolean;
}

/** A voice clip that is being recorded from `stream`, which it ends with. */
export class Recording {
  /** The clip, when it is stopped or the microphone is gone. */
  readonly clip: Promise<Clip>;
  readonly #stream: MediaStream;
  readonly #recorder: MediaRecorder;
  readonly #sound = new AudioContext();
  readonly #analyser: AnalyserNode;
  readonly #samples: Float32Array<ArrayBuffer>;
  #stopped = false;

  constructor(stream: MediaStream, name: string) {
    this.#stream = stream;
    const mimeType = FORMATS.find((format) => MediaRecorder.isTypeSupported(format));
    this.#recorder = new MediaRecorder(stream, mimeType === undefined ? {} : { mimeType });
    this.#analyser = this.#sound.createAnalyser();
    this.#analyser.fftSize = 1024;
    this.#samples = new Float32Array(this.#analyser.fftSize);
    this.#sound.createMediaStreamSource(stream).connect(this.#analyser);
    this.clip = this.#record().then(async (recorded) => ({ file: await named(recorded, name), lost: !this.#stopped }));
  }

  /** How loud it is now, from 0 to 1: the root mean square of the last 20 ms, on a scale of 60 dB. */
  get level(): number {
    this.#analyser.getFloatTimeDomainData(this.#samples);
    const power = this.#samples.reduce((sum, sample) => sum + sample * sample, 0) / this.#samples.length;
    return power === 0 ? 0 : Math.min(1, Math.max(0, 1 + (10 * Math.log10(power)) / 60));
  }

  stop(): void {
    this.#stopped = true;
    this.#end();
  }

  #end(): void {
    if (this.#recorder.state !== "inactive") this.#recorder.stop();
  }

  #record(): Promise<Blob> {
    const pieces: Blob[] = [];
    this.#recorder.ondataavailable = (event) => pieces.push(event.data);
    // A device pulled out ends its track; what was recorded until then is whole.
    for (const track of this.#stream.getTracks()) track.addEventListener("ended", () => this.#end());
    return new Promise((resolve) => {
      this.#recorder.onstop = () => {
        release(this.#stream);
        void this.#sound.close();
        resolve(new Blob(pieces, { type: this.#recorder.mimeType }));
      };
      this.#recorder.start(SLICE_MS);
    });
  }
}

/** The clip as a file, null when it is empty. A form that the browser writes but cannot read stays as it is. */
async function named(recorded: Blob, name: string): Promise<File | null> {
  if (recorded.size === 0) return null;
  try {
    const clip = await asWave(recorded, RATE);
    return new File([clip], `${name}.wav`, { type: clip.type });
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    const type = recorded.type.split(";")[0] ?? "";
    return new File([recorded], `${name}.${type.split("/")[1] ?? "webm"}`, { type });
  }
}
