/** The binary frames of a call, as the protocol's README describes them. */

const HEADER_BYTES = 16;
const VERSION = 1;
const MICROPHONE = 1;
const REPLY = 2;
const PCM = 0;
const LAST = 1;
const GAP = 2;

export interface ReplyFrame {
  readonly call: number;
  /** The number of the sound. */
  readonly track: number;
  readonly pcm: Int16Array<ArrayBuffer>;
  /** Nothing more comes of this sound. */
  readonly last: boolean;
}

/** A piece of what the microphone hears; `position` counts samples from the call's start. */
export function microphoneFrame(call: number, position: number, pcm: Int16Array, gap: boolean): ArrayBuffer {
  const frame = new DataView(new ArrayBuffer(HEADER_BYTES + 2 * pcm.length));
  [VERSION, MICROPHONE, PCM, gap ? GAP : 0].forEach((byte, at) => frame.setUint8(at, byte));
  frame.setUint32(4, call, true);
  frame.setUint32(12, position % 2 ** 32, true);
  pcm.forEach((sample, index) => frame.setInt16(HEADER_BYTES + 2 * index, sample, true));
  return frame.buffer;
}

/** A piece of a reply's sound; null for what is none that we know. */
export function replyFrame(data: ArrayBuffer): ReplyFrame | null {
  if (data.byteLength < HEADER_BYTES || data.byteLength % 2 !== 0) return null;
  const frame = new DataView(data);
  if (frame.getUint8(0) !== VERSION || frame.getUint8(1) !== REPLY || frame.getUint8(2) !== PCM) return null;
  const length = (data.byteLength - HEADER_BYTES) / 2;
  const pcm = Int16Array.from({ length }, (_, index) => frame.getInt16(HEADER_BYTES + 2 * index, true));
  return { call: frame.getUint32(4, true), track: frame.getUint32(8, true), pcm, last: (frame.getUint8(3) & LAST) !== 0 };
}
