import { DeviceUnavailable, openDevice, release } from "../capture/device";
import type { FromCapturer, FromPlayer, Rate, ToPlayer } from "./messages";
import type { Heard } from "./play_queue";

/** What a call needs of a microphone and a loudspeaker; tests bring their own. */
export interface Audio {
  /** How loud the visitor is, and how loud the reply, from 0 to 1. */
  readonly levels: { readonly input: number; readonly output: number };
  /** The microphone in use. */
  readonly device: string;
  play(track: number, pcm: Int16Array<ArrayBuffer>, last: boolean): void;
  /** Cuts off that sound and those before it. */
  flush(track: number): void;
  allow(track: number): void;
  /** Takes the microphone off, or puts it on again: nothing is heard meanwhile. */
  mute(on: boolean): void;
  /** Is everything running again? Opens the microphone anew where it is gone. Rejects with `DeviceUnavailable`. */
  resume(): Promise<void>;
  /** Listens to another microphone. Rejects with `DeviceUnavailable`, and then stays with the one before. */
  choose(device: string): Promise<void>;
  close(): void;
}

export interface AudioEvents {
  captured(pcm: Int16Array): void;
  heard(heard: Heard): void;
  /** The system has taken the sound away: a phone call, a locked screen, a device pulled out. */
  interrupted(): void;
}

export interface Rates {
  readonly input: number;
  readonly output: number;
}

/**
 * Opens microphone and loudspeaker, asking the visitor where the browser wants that. Rejects with `DeviceUnavailable`, and
 * with `DOMException` where the browser does not give what plays and captures.
 */
export type OpenAudio = (rates: Rates, events: AudioEvents) => Promise<Audio>;

export const openAudio: OpenAudio = async (rates, events) => {
  const stream = await openMicrophone("");
  const context = new AudioContext({ latencyHint: "interactive" });
  try {
    await context.audioWorklet.addModule(new URL(VOICE_WORKLET, import.meta.url).href);
    await within(RESUME_WITHIN_MS, context.resume());
  } catch (error) {
    release(stream);
    void context.close();
    throw error;
  }
  return new BrowserAudio(context, stream, rates, events);
};

/** Without a gesture `resume` may wait for ever. */
const RESUME_WITHIN_MS = 1000;

function within(ms: number, done: Promise<void>): Promise<void> {
  return Promise.race([done, new Promise<void>((resolve) => setTimeout(resolve, ms))]);
}

function openMicrophone(device: string): Promise<MediaStream> {
  const processing = { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 };
  return openDevice({ audio: device === "" ? processing : { ...processing, deviceId: { exact: device } } });
}

class BrowserAudio implements Audio {
  readonly levels = { input: 0, output: 0 };
  readonly #context: AudioContext;
  readonly #events: AudioEvents;
  readonly #capturer: AudioWorkletNode;
  readonly #player: AudioWorkletNode;
  #stream: MediaStream;
  #source: MediaStreamAudioSourceNode;
  #muted = false;
  #choosing = false;
  #closed = false;

  constructor(context: AudioContext, stream: MediaStream, rates: Rates, events: AudioEvents) {
    this.#context = context;
    this.#events = events;
    this.#capturer = node(context, "trunkline-capture", { rate: rates.input }, 1);
    this.#player = node(context, "trunkline-play", { rate: rates.output }, 0);
    this.#capturer.port.onmessage = ({ data }: MessageEvent<FromCapturer>) => {
      this.levels.input = data.level;
      events.captured(data.pcm);
    };
    this.#player.port.onmessage = ({ data }: MessageEvent<FromPlayer>) => {
      if (data.type === "level") this.levels.output = data.level;
      else events.heard(data.heard);
    };
    this.#player.connect(context.destination);
    this.#stream = stream;
    this.#source = this.#listenTo(stream);
    context.onstatechange = () => this.#check();
    document.addEventListener("visibilitychange", this.#check);
    this.#check();
  }

  get device(): string {
    return this.#track?.getSettings().deviceId ?? "";
  }

  play(track: number, pcm: Int16Array<ArrayBuffer>, last: boolean): void {
    this.#tell({ type: "frame", track, pcm, last }, [pcm.buffer]);
  }

  flush(track: number): void {
    this.#tell({ type: "flush", track });
  }

  allow(track: number): void {
    this.#tell({ type: "allow", track });
  }

  mute(on: boolean): void {
    this.#muted = on;
    this.levels.input = 0;
    if (this.#track !== undefined) this.#track.enabled = !on;
  }

  async resume(): Promise<void> {
    if (this.#track?.readyState !== "live") this.#use(await openMicrophone(""));
    await within(RESUME_WITHIN_MS, this.#context.resume());
    if (!this.#running) throw new DeviceUnavailable("busy");
  }

  async choose(device: string): Promise<void> {
    // Some browsers take the one before away as soon as another is asked for.
    this.#choosing = true;
    try {
      this.#use(await openMicrophone(device));
    } finally {
      this.#choosing = false;
      this.#check();
    }
  }

  close(): void {
    this.#closed = true;
    document.removeEventListener("visibilitychange", this.#check);
    release(this.#stream);
    void this.#context.close();
  }

  get #track(): MediaStreamTrack | undefined {
    return this.#stream.getAudioTracks()[0];
  }

  get #running(): boolean {
    return this.#context.state === "running" && this.#track?.readyState === "live" && !this.#track.muted;
  }

  readonly #check = (): void => {
    if (!this.#closed && !this.#choosing && !this.#running) this.#events.interrupted();
  };

  #use(stream: MediaStream): void {
    if (this.#closed) {
      release(stream);
      return;
    }
    this.#source.disconnect();
    release(this.#stream);
    this.#stream = stream;
    this.#source = this.#listenTo(stream);
    this.mute(this.#muted);
  }

  #listenTo(stream: MediaStream): MediaStreamAudioSourceNode {
    const source = this.#context.createMediaStreamSource(stream);
    source.connect(this.#capturer);
    for (const track of stream.getAudioTracks()) {
      track.onended = track.onmute = () => {
        if (stream === this.#stream) this.#check();
      };
    }
    return source;
  }

  #tell(message: ToPlayer, transfer: Transferable[] = []): void {
    this.#player.port.postMessage(message, transfer);
  }
}

function node(context: AudioContext, name: string, rate: Rate, numberOfInputs: number): AudioWorkletNode {
  return new AudioWorkletNode(context, name, {
    numberOfInputs,
    numberOfOutputs: 1 - numberOfInputs,
    ...(numberOfInputs === 0 ? { outputChannelCount: [1] } : {}),
    channelCount: 1,
    channelCountMode: "explicit",
    processorOptions: rate,
  });
}
