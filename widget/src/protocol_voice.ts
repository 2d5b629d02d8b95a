/** The frames of calls, a part of the web protocol; binary ones are in `voice/frames.ts`. */

/** How the visitor may talk; rates in Hz. */
export interface Voice {
  readonly input?: boolean;
  readonly output?: boolean;
  readonly input_rate?: number;
  readonly output_rate?: number;
  /** What is said is kept as sound: the visitor has to agree. */
  readonly records?: boolean;
}

export type CallState = "connecting" | "listening" | "hearing" | "thinking" | "speaking" | "stopped" | "ended";

/** Frames about a call. */
export type Called =
  | {
      readonly type: "call";
      readonly call: number;
      readonly state: CallState;
      readonly conversation?: number;
      readonly reason?: string;
    }
  | {
      readonly type: "call.caption";
      readonly call: number;
      readonly role: "user" | "assistant";
      readonly text: string;
      readonly final: boolean;
    }
  | { readonly type: "call.notice"; readonly call: number; readonly text: string }
  | { readonly type: "call.flush"; readonly call: number; readonly track: number };

export interface CallStart {
  readonly type: "call.start";
  readonly conversation: number;
  readonly codec: "pcm_s16le";
  readonly input_rate: number;
  /** The call to go on with after the connection was lost. */
  readonly resume?: number;
  /** BCP 47; "" is the server's own, as for the next two. */
  readonly language?: string;
  readonly voice?: string;
  /** 1 is the voice's own; 0 the server's. */
  readonly speed?: number;
  /** The visitor agrees that what is said is kept as sound. */
  readonly agrees?: boolean;
}

/** What is said about a call without an answer. */
export type CallFrame = { readonly call: number } & (
  | { readonly type: "call.end" }
  | { readonly type: "call.mute"; readonly on: boolean }
  | { readonly type: "call.press"; readonly control: "start" | "stop" | "interrupt" }
  | {
      readonly type: "call.played";
      readonly track: number;
      readonly samples: number;
      readonly position_ms: number;
      readonly done: boolean;
    }
);
