import { CLOSE_TOKEN_REFUSED, FINAL_CLOSE_CODES, type ClientFrame, type ServerFrame } from "../protocol";
import { backoff } from "./backoff";
import type { Environment, SocketLike } from "./environment";

const WELCOME_WITHIN_MS = 10_000;
const PONG_WITHIN_MS = 10_000;
const DEFAULT_PING_SECONDS = 25;
/** Bytes: a second of sound. */
const MOST_WAITING = 32_000;
/** A socket's `readyState`. */
const OPEN = 1;

export type LinkState = "idle" | "connecting" | "online" | "offline" | "refused";

export interface LinkEvents {
  /** The socket is open: what to say first. */
  hello(): ClientFrame;
  frame(frame: ServerFrame): void;
  sound(data: ArrayBuffer): void;
  state(state: LinkState): void;
  /** The server refused the visitor's token. */
  tokenRefused(): void;
}

/**
 * One WebSocket that is always wanted: opened, kept alive by pings, opened again with back-off when it ends.
 * It is online from the first `welcome` on.
 */
export class Link {
  readonly #url: string;
  readonly #environment: Environment;
  readonly #events: LinkEvents;
  #socket: SocketLike | null = null;
  /** The socket has been accepted. */
  #opened = false;
  #state: LinkState = "idle";
  #attempt = 0;
  #pingMs = DEFAULT_PING_SECONDS * 1000;
  #cancelTimer: () => void = () => undefined;

  constructor(url: string, environment: Environment, events: LinkEvents) {
    this.#url = url;
    this.#environment = environment;
    this.#events = events;
  }

  /** Connects, unless it is connected or on the way. */
  open(): void {
    if (this.#socket !== null) return;
    this.#schedule(WELCOME_WITHIN_MS, () => this.#lost());
    this.#enter("connecting");
    const socket = this.#environment.openSocket(this.#url);
    this.#socket = socket;
    this.#opened = false;
    socket.onopen = () => {
      this.#opened = true;
      socket.send(JSON.stringify(this.#events.hello()));
    };
    socket.onmessage = ({ data }) => this.#received(socket, data);
    socket.onclose = ({ code }) => this.#closed(socket, code);
  }

  /** Ends it for good. */
  close(): void {
    this.#drop();
    this.#enter("idle");
  }

  /** The page is seen again or the network is back: find out at once whether the connection still lives. */
  wake(): void {
    if (this.#state === "offline") this.open();
    else if (this.#state === "online") this.#ping();
  }

  /** Sends a frame; false when there is nobody to send it to. */
  send(frame: ClientFrame): boolean {
    return this.#give(JSON.stringify(frame));
  }

  /** Sends sound, unless more than a second of it waits to be sent already, or the socket is about to close. */
  sendSound(data: ArrayBuffer): boolean {
    const { bufferedAmount = 0, readyState = OPEN } = this.#socket ?? {};
    return readyState === OPEN && bufferedAmount < MOST_WAITING && this.#give(data);
  }

  #give(data: string | ArrayBuffer): boolean {
    if (this.#state !== "online" || this.#socket === null) return false;
    this.#socket.send(data);
    return true;
  }

  #received(socket: SocketLike, data: unknown): void {
    if (socket !== this.#socket) return;
    if (typeof data !== "string") return this.#events.sound(data as ArrayBuffer);
    const frame = JSON.parse(data) as ServerFrame;
    if (frame.type === "welcome") {
      this.#attempt = 0;
      this.#pingMs = (frame.limits?.ping_seconds ?? DEFAULT_PING_SECONDS) * 1000;
      this.#state = "online";
    }
    this.#schedule(this.#pingMs, () => this.#ping());
    if (frame.type === "ping") this.send({ type: "pong", t: frame.t });
    else if (frame.type !== "pong") this.#events.frame(frame);
    if (frame.type === "welcome") this.#events.state("online");
  }

  #ping(): void {
    this.send({ type: "ping", t: 0 });
    this.#schedule(PONG_WITHIN_MS, () => this.#lost());
  }

  #closed(socket: SocketLike, code: number): void {
    if (socket !== this.#socket) return;
    if (FINAL_CLOSE_CODES.has(code)) {
      this.#drop();
      this.#enter("refused");
      return;
    }
    if (code === CLOSE_TOKEN_REFUSED) this.#events.tokenRefused();
    this.#lost();
  }

  #lost(): void {
    this.#drop();
    this.#enter("offline");
    this.#schedule(backoff(this.#attempt, this.#environment.random()), () => this.open());
    this.#attempt += 1;
  }

  #drop(): void {
    this.#cancelTimer();
    const socket = this.#socket;
    this.#socket = null;
    if (socket === null) return;
    socket.onmessage = socket.onclose = null;
    // Browsers complain in the console when a socket is closed that is not open yet.
    socket.onopen = this.#opened ? null : () => socket.close();
    if (this.#opened) socket.close();
  }

  #schedule(ms: number, task: () => void): void {
    this.#cancelTimer();
    this.#cancelTimer = this.#environment.after(ms, task);
  }

  #enter(state: LinkState): void {
    this.#state = state;
    this.#events.state(state);
  }
}

export function socketAddress(server: string): string {
  const url = new URL("ws", server);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}
