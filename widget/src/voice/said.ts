/** A piece of what the microphone hears; `position` counts samples from the call's start. */
export interface Piece {
  readonly position: number;
  readonly pcm: Int16Array;
}

/** Samples of a sentence that are kept, the newest: 4.5 s at 16 kHz, less than what the server takes at once. */
const MOST = 72_000;
/** So many are kept before somebody is heard to speak: it takes the server a moment to notice. */
const BEFORE = 16_000;

/** What the microphone heard last: a sentence in the middle of which the connection is lost is sent again. */
export class Said {
  readonly #pieces: Piece[] = [];
  #kept = 0;
  /** How many pieces of the newest are not sent. */
  #unsent = 0;
  /** What was missed is being sent: until it is, nothing is left out. */
  #behind = false;

  /** Adds a piece; of what went before the whole sentence is kept, or a moment. */
  hear(piece: Piece, sentence: boolean): void {
    this.#pieces.push(piece);
    this.#kept += piece.pcm.length;
    this.#unsent += 1;
    while (this.#kept > (sentence || this.#behind ? MOST : BEFORE)) this.#kept -= this.#pieces.shift()?.pcm.length ?? 0;
    this.#unsent = Math.min(this.#unsent, this.#pieces.length);
  }

  /** Gives what is not sent to `send`, while it takes it; what it does not take is left out, unless all comes again. */
  send(send: (piece: Piece) => boolean): boolean {
    for (const piece of this.#unsent === 0 ? [] : this.#pieces.slice(-this.#unsent)) {
      if (!send(piece)) break;
      this.#unsent -= 1;
    }
    const whole = this.#unsent === 0;
    if (whole) this.#behind = false;
    else if (!this.#behind) this.#unsent = 0;
    return whole;
  }

  /** Nobody has heard what is kept: it is to be sent, all of it. */
  again(): void {
    this.#unsent = this.#pieces.length;
    this.#behind = true;
  }

  forget(): void {
    this.#pieces.length = this.#kept = this.#unsent = 0;
    this.#behind = false;
  }
}
