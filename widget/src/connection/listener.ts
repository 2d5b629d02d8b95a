import type { ServerFrame } from "../protocol";

/** Who is told first of what the server says, while there is a call. */
export interface CallListener {
  /** Says whether the frame was the call's. */
  frame(frame: ServerFrame): boolean;
  sound(data: ArrayBuffer): void;
}
