/** What the audio thread and the window say to each other. */
import type { Captured } from "./capturer";
import type { Heard } from "./play_queue";

export type ToPlayer =
  | { readonly type: "frame"; readonly track: number; readonly pcm: Int16Array<ArrayBuffer>; readonly last: boolean }
  | { readonly type: "flush" | "allow"; readonly track: number };

/** `level` is how loud the last milliseconds were. */
export type FromPlayer = { readonly type: "heard"; readonly heard: Heard } | { readonly type: "level"; readonly level: number };
export type FromCapturer = Captured;

/** Samples a second outside the audio thread. */
export interface Rate {
  readonly rate: number;
}
