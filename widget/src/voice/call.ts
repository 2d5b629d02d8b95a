import type { Client } from "../connection/client";
import type { Ack, ErrorFrame, ServerFrame } from "../protocol";
import type { Called, CallState } from "../protocol_voice";
import { Cell } from "../state/cell";
import type { StringKey } from "../strings";
import type { Audio, AudioEvents, OpenAudio } from "./audio";
import { microphoneFrame, replyFrame } from "./frames";
import { ALL, type Heard } from "./play_queue";
import { Said } from "./said";
import { isInsecure, troubleOf } from "./trouble";
import { Tunings, USUAL, type Tuning } from "./tuning";

/**
 * What the visitor sees of a call: its state on the server, and what only this side knows. "consenting": they have to agree
 * that what is said is kept. "asking": the browser asks for the microphone. "paused": the system has taken the sound away.
 * "troubled": there is no microphone. "reconnecting": the connection is lost.
 */
export type Phase = CallState | "consenting" | "asking" | "paused" | "troubled" | "reconnecting";

export interface Captions {
  readonly user: string;
  readonly assistant: string;
}

const DEFAULT_INPUT_RATE = 16_000;
const DEFAULT_OUTPUT_RATE = 24_000;
/** How long a reply that was interrupted here stays silent while the server has not said that it stopped. */
const SILENT_MS = 1000;
const NO_LEVELS = { input: 0, output: 0 };

/** One call of the visitor's, from the microphone button to its end. */
export class Call {
  readonly phase: Cell<Phase>;
  readonly captions = new Cell<Captions>({ user: "", assistant: "" });
  readonly muted = new Cell(false);
  /** What went wrong, in the server's words. */
  readonly notice = new Cell("");
  /** Why there is no microphone. */
  readonly trouble = new Cell<StringKey | null>(null);
  readonly tuning = new Cell<Tuning>(USUAL);
  readonly #tunings: Tunings;
  /** It begins a conversation, which has no number yet. */
  #begins: boolean;
  readonly #client: Client;
  readonly #openAudio: OpenAudio;
  readonly #after: (ms: number, task: () => void) => () => void;
  readonly #unfollow: (() => void)[];
  #audio: Audio | null = null;
  /** On the server; 0 before it has one. */
  #number = 0;
  #asked = "";
  #state: CallState = "connecting";
  #conversation: number | null = null;
  readonly #said = new Said();
  #position = 0;
  #gap = false;
  /** The connection was lost, and the server does not hear us yet. */
  #unheard = false;
  /** The newest sound that came. */
  #track = 0;
  #silenced = false;
  #over = false;
  /** The system has taken the sound away. */
  #paused = false;
  /** It ended meanwhile on the server, and begins anew when it goes on. */
  #lapsed = false;
  /** What is said may be kept as sound. */
  #agrees = false;

  constructor(client: Client, openAudio: OpenAudio, after: (ms: number, task: () => void) => () => void) {
    this.#client = client;
    this.#openAudio = openAudio;
    this.#after = after;
    this.phase = new Cell<Phase>(this.#wantsConsent ? "consenting" : "asking");
    this.#tunings = new Tunings(client.kept, client.keyOf("voice"));
    const { conversation } = client.thread;
    this.tuning.value = this.#tunings.of(conversation);
    this.#begins = conversation === 0;
    client.listener = { frame: (frame) => this.#frame(frame), sound: (data) => this.#sound(data) };
    this.#unfollow = [client.link.subscribe(() => this.#linkChanged())];
  }

  get levels(): Audio["levels"] {
    return this.#audio?.levels ?? NO_LEVELS;
  }

  get device(): string {
    return this.#audio?.device ?? "";
  }

  get #wantsConsent(): boolean {
    return this.#client.voice.value.records === true && !this.#agrees;
  }

  /** Opens the microphone and calls the server; where what is said is kept, once the visitor `agrees` to that. */
  async start(agrees = this.#agrees): Promise<void> {
    this.trouble.value = null;
    this.#agrees = agrees;
    if (this.#wantsConsent) {
      this.phase.value = "consenting";
      return;
    }
    this.phase.value = "asking";
    if (isInsecure()) {
      this.#troubled("voice_insecure");
      return;
    }
    const { input_rate: input = DEFAULT_INPUT_RATE, output_rate: output = DEFAULT_OUTPUT_RATE } = this.#client.voice.value;
    let audio: Audio;
    try {
      audio = await this.#openAudio({ input, output }, this.#events);
    } catch (error) {
      this.#troubled(troubleOf(error));
      return;
    }
    if (this.#over) {
      audio.close();
      return;
    }
    this.#audio = audio;
    if (!this.#paused) this.#show();
    this.#ask();
  }

  /** Cuts the reply off: here at once, then on the server. */
  interrupt(): void {
    this.#tell("call.press", { control: "interrupt" });
    this.#silenced = true;
    this.#audio?.flush(ALL);
    this.#after(SILENT_MS, () => this.#allow(this.#track));
  }

  /** Stop Conversation: nothing is heard until `arm`. */
  stop(): void {
    this.interrupt();
    this.#tell("call.press", { control: "stop" });
  }

  arm(): void {
    this.#tell("call.press", { control: "start" });
  }

  mute(on: boolean): void {
    this.muted.value = on;
    this.#audio?.mute(on);
    this.#tell("call.mute", { on });
  }

  async choose(device: string): Promise<void> {
    try {
      await this.#audio?.choose(device);
      this.trouble.value = null;
    } catch (error) {
      this.trouble.value = troubleOf(error);
    }
  }

  /** Goes on after the system took the sound away; wants a gesture of the visitor's. */
  async resume(): Promise<void> {
    try {
      await this.#audio?.resume();
    } catch (error) {
      this.trouble.value = troubleOf(error);
      return;
    }
    this.trouble.value = null;
    this.#paused = false;
    if (this.#lapsed) this.#ask();
    else if (!this.muted.value) this.#tell("call.mute", { on: false });
    this.#show();
  }

  /** How it sounds from now on, and in later calls of this conversation. */
  tune(tuning: Tuning): void {
    this.tuning.value = tuning;
    this.#tunings.keep(this.#conversation ?? this.#client.thread.conversation, tuning);
    if (this.#number !== 0 && this.#client.link.value === "online") this.#ask();
  }

  end(): void {
    if (this.#over) return;
    this.#tell("call.end", {});
    this.#finish("");
  }

  readonly #events: AudioEvents = {
    captured: (pcm) => this.#captured(pcm),
    heard: (heard) => this.#heard(heard),
    interrupted: () => {
      if (this.#over || this.#paused) return;
      this.#paused = true;
      this.phase.value = "paused";
      this.#tell("call.mute", { on: true });
    },
  };

  #ask(): void {
    const conversation = this.#conversation ?? this.#client.thread.conversation;
    const resume = this.#number === 0 ? {} : { resume: this.#number };
    const { input_rate: rate = DEFAULT_INPUT_RATE } = this.#client.voice.value;
    const command = { type: "call.start", conversation, codec: "pcm_s16le", input_rate: rate } as const;
    const agrees = this.#agrees ? { agrees: true } : {};
    this.#lapsed = false;
    this.#asked = this.#client.command({ ...command, ...resume, ...this.tuning.value, ...agrees });
  }

  #frame(frame: ServerFrame): boolean {
    switch (frame.type) {
      case "ack":
      case "error":
        return this.#answered(frame);
      case "snapshot":
        this.#shown(frame.conversation);
        return false;
      case "call":
        this.#called(frame);
        return true;
      case "call.caption":
        this.captions.value = { ...this.captions.value, [frame.role]: frame.text };
        return true;
      case "call.notice":
        this.notice.value = frame.text;
        return true;
      case "call.flush":
        this.#audio?.flush(frame.track);
        this.#allow(frame.track);
        return true;
      default:
        return false;
    }
  }

  /** Answers to `call.start`: nothing but a refusal of a new one ends it. */
  #answered(frame: Ack | ErrorFrame): boolean {
    if (this.#asked === "" || frame.id !== this.#asked) return false;
    if (frame.type === "error") this.#finish(frame.message);
    else if (frame.outcome === "denied") this.#denied(frame.text ?? "");
    return true;
  }

  /** One that ended on the server while the connection was lost begins anew in its chat: at once, or when it goes on. */
  #denied(reason: string): void {
    if (this.#number === 0) {
      this.#finish(reason);
      return;
    }
    this.#number = this.#track = 0;
    this.#audio?.allow(0);
    this.#lapsed = true;
    if (!this.#paused) this.#ask();
  }

  /** Another chat was opened: a call belongs to its own. */
  #shown(conversation: number): void {
    if (this.#conversation !== null && conversation !== this.#conversation) this.end();
  }

  #called({ call, state, conversation, reason = "" }: Called & { readonly type: "call" }): void {
    if (this.#number !== 0 && call !== this.#number) return;
    this.#number = call;
    this.#settle(conversation ?? this.#conversation);
    this.#heardAgain();
    if (state === "ended") {
      // What it said last may be why.
      this.#finish(reason || this.notice.value);
      return;
    }
    if (state !== "speaking") this.#allow(this.#track);
    this.#clear(state);
    this.#state = state;
    if (this.#paused) this.#tell("call.mute", { on: true });
    else this.#show();
  }

  /** What was said while the connection was lost is sent. */
  #heardAgain(): void {
    if (!this.#unheard) return;
    this.#unheard = false;
    this.#said.again();
    this.#send();
  }

  /** Clears what is over once it comes into a state. */
  #clear(state: CallState): void {
    // A new turn: what was said in the one before stands in the chat.
    if (state === "hearing" && this.#state !== "hearing") this.captions.value = { user: "", assistant: "" };
    if (state === "hearing" || state === "speaking") this.notice.value = "";
  }

  /** A call that began a conversation takes what was chosen for it along. */
  #settle(conversation: number | null): void {
    this.#conversation = conversation;
    if (!this.#begins || conversation === null) return;
    this.#begins = false;
    if (this.tuning.value === USUAL) return;
    this.#tunings.keep(0, USUAL);
    this.#tunings.keep(conversation, this.tuning.value);
  }

  #show(): void {
    this.phase.value = this.#client.link.value === "online" ? this.#state : "reconnecting";
  }

  #linkChanged(): void {
    if (this.#audio === null || this.#over) return;
    if (this.#client.link.value === "online") this.#ask();
    else {
      // What was queued there is not sent again.
      this.#audio.flush(this.#track);
      // Whoever waits for an answer does not ask anew.
      if (!this.#unheard && this.#state !== "listening" && this.#state !== "hearing") this.#said.forget();
      this.#unheard = true;
    }
    this.#gap = true;
    if (!this.#paused) this.#show();
  }

  #captured(pcm: Int16Array): void {
    const piece = { position: this.#position, pcm };
    this.#position += pcm.length;
    if (this.muted.value || this.#state === "stopped" || this.#paused || this.#number === 0) {
      this.#said.forget();
      this.#gap = true;
      return;
    }
    this.#said.hear(piece, this.#unheard || this.#state === "hearing");
    if (!this.#unheard) this.#send();
  }

  #send(): void {
    const whole = this.#said.send(({ position, pcm }) => {
      const sent = this.#client.sendSound(microphoneFrame(this.#number, position, pcm, this.#gap));
      if (sent) this.#gap = false;
      return sent;
    });
    if (!whole) this.#gap = true;
  }

  #sound(data: ArrayBuffer): void {
    const frame = replyFrame(data);
    if (frame === null || frame.call !== this.#number) return;
    this.#track = Math.max(this.#track, frame.track);
    this.#audio?.play(frame.track, frame.pcm, frame.last);
  }

  #heard({ track, samples, done }: Heard): void {
    const { output_rate: rate = DEFAULT_OUTPUT_RATE } = this.#client.voice.value;
    this.#tell("call.played", { track, samples, position_ms: Math.floor((samples * 1000) / rate), done });
  }

  #allow(track: number): void {
    if (!this.#silenced) return;
    this.#silenced = false;
    this.#audio?.allow(track);
  }

  #tell(type: "call.end" | "call.mute" | "call.press" | "call.played", members: object): void {
    if (this.#number !== 0) this.#client.tell({ type, call: this.#number, ...members } as Parameters<Client["tell"]>[0]);
  }

  #troubled(trouble: StringKey): void {
    this.trouble.value = trouble;
    this.phase.value = "troubled";
  }

  #finish(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#client.listener = null;
    for (const end of this.#unfollow) end();
    this.#audio?.close();
    this.#audio = null;
    this.notice.value = reason;
    this.phase.value = "ended";
  }
}
