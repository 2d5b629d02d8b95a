/** Runs in the audio thread: the microphone as frames for the server, and replies as what the loudspeaker wants. */
import { Capturer, loudness } from "./capturer";
import type { FromCapturer, FromPlayer, Rate, ToPlayer } from "./messages";
import { PlayQueue } from "./play_queue";

interface Processor {
  readonly port: MessagePort;
}
interface NodeOptions {
  readonly processorOptions: Rate;
}
declare const AudioWorkletProcessor: new () => Processor;
declare const sampleRate: number;
declare function registerProcessor(name: string, processor: new (options: NodeOptions) => Processor): void;

/** Blocks of 128 samples after which the player tells how loud it is: about 20 times a second. */
const LEVEL_BLOCKS = 18;

class CaptureProcessor extends AudioWorkletProcessor {
  readonly #capturer: Capturer;

  constructor({ processorOptions: { rate } }: NodeOptions) {
    super();
    this.#capturer = new Capturer(sampleRate, rate, (captured: FromCapturer) => this.port.postMessage(captured, [captured.pcm.buffer]));
  }

  process([input]: readonly (readonly Float32Array[])[]): boolean {
    const [mono] = input ?? [];
    if (mono !== undefined) this.#capturer.push(mono);
    return true;
  }
}

class PlayProcessor extends AudioWorkletProcessor {
  readonly #queue: PlayQueue;
  #blocks = 0;
  #power = 0;

  constructor({ processorOptions: { rate } }: NodeOptions) {
    super();
    const tell = (message: FromPlayer): void => this.port.postMessage(message);
    this.#queue = new PlayQueue(rate, sampleRate, (heard) => tell({ type: "heard", heard }));
    this.port.onmessage = ({ data }: MessageEvent<ToPlayer>) => {
      if (data.type === "frame") this.#queue.push(data.track, data.pcm, data.last);
      else this.#queue[data.type](data.track);
    };
  }

  process(_: unknown, [output]: readonly (readonly Float32Array[])[]): boolean {
    const [mono] = output ?? [];
    if (mono === undefined) return true;
    this.#queue.pull(mono);
    this.#power += mono.reduce((sum, sample) => sum + sample * sample, 0) / mono.length;
    this.#blocks += 1;
    if (this.#blocks === LEVEL_BLOCKS) {
      this.port.postMessage({ type: "level", level: loudness(this.#power / LEVEL_BLOCKS) } satisfies FromPlayer);
      this.#blocks = this.#power = 0;
    }
    return true;
  }
}

registerProcessor("trunkline-capture", CaptureProcessor);
registerProcessor("trunkline-play", PlayProcessor);
