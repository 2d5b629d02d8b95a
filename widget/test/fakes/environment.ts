import type { Environment, KeyValueStore, SocketLike } from "../../src/connection/environment";
import type { ClientFrame, ServerFrame } from "../../src/protocol";

/** A socket whose server is the test. */
export class FakeSocket implements SocketLike {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  readonly sent: ClientFrame[] = [];
  readonly sounds: ArrayBuffer[] = [];
  bufferedAmount = 0;
  closed = false;

  constructor(readonly url: string) {}

  send(data: string | ArrayBuffer): void {
    if (this.closed) throw new Error("the socket is closed");
    if (typeof data === "string") this.sent.push(JSON.parse(data) as ClientFrame);
    else this.sounds.push(data);
  }

  /** Hands sound over. */
  give(sound: ArrayBuffer): void {
    this.onmessage?.({ data: sound });
  }

  close(): void {
    this.closed = true;
  }

  accept(): void {
    this.onopen?.();
  }

  tell(...frames: readonly ServerFrame[]): void {
    for (const frame of frames) this.onmessage?.({ data: JSON.stringify(frame) });
  }

  break(code = 1006): void {
    this.closed = true;
    this.onclose?.({ code });
  }

  /** What was sent, by type. */
  frames<T extends ClientFrame["type"]>(type: T): (ClientFrame & { type: T })[] {
    return this.sent.filter((frame): frame is ClientFrame & { type: T } => frame.type === type);
  }
}

export class FakeStore implements KeyValueStore {
  readonly values = new Map<string, string>();

  get(key: string): string | null {
    return this.values.get(key) ?? null;
  }

  set(key: string, value: string | null): void {
    if (value === null) this.values.delete(key);
    else this.values.set(key, value);
  }
}

interface Timer {
  readonly at: number;
  readonly task: () => void;
}

/** A browser whose clock moves only when told. */
export class FakeEnvironment implements Environment {
  readonly sockets: FakeSocket[] = [];
  readonly visitorStore = new FakeStore();
  readonly windowStore = new FakeStore();
  now = 0;
  randomValue = 0.5;
  #minted = 0;
  #timers: Timer[] = [];

  openSocket(url: string): FakeSocket {
    const socket = new FakeSocket(url);
    this.sockets.push(socket);
    return socket;
  }

  after(ms: number, task: () => void): () => void {
    const timer = { at: this.now + ms, task };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  random(): number {
    return this.randomValue;
  }

  mintId(): string {
    this.#minted += 1;
    return `id-${String(this.#minted).padStart(6, "0")}`;
  }

  /** One after another, as browsers do it; the windows of one browser share the queues in `turns`. */
  readonly turns = new Map<string, (() => void)[]>();

  inTurn(name: string, task: () => void): () => void {
    const queue = this.turns.get(name) ?? [];
    this.turns.set(name, queue);
    queue.push(task);
    if (queue[0] === task) task();
    return () => {
      const begun = queue[0] === task;
      if (queue.includes(task)) queue.splice(queue.indexOf(task), 1);
      if (begun) queue[0]?.();
    };
  }

  /** Lets `ms` milliseconds pass. */
  advance(ms: number): void {
    const end = this.now + ms;
    for (;;) {
      const due = this.#timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== due);
      this.now = due.at;
      due.task();
    }
    this.now = end;
  }

  /** The newest socket. */
  get socket(): FakeSocket {
    const socket = this.sockets.at(-1);
    if (socket === undefined) throw new Error("nobody has connected");
    return socket;
  }
}
