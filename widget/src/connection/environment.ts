/** The few things of a browser that the client of the protocol needs; tests bring their own. */
export interface Environment {
  openSocket(url: string): SocketLike;
  /** Calls `task` after `ms` milliseconds, unless the returned function is called before. */
  after(ms: number, task: () => void): () => void;
  /** In [0, 1). */
  random(): number;
  /** An id for a command: 8 to 64 of A–Z a–z 0–9 _ -, never minted before by anybody. */
  mintId(): string;
  /**
   * Calls `task` when no other window of this browser is in its turn of that name; the turn lasts until the returned
   * function is called, which before it has begun gives it up.
   */
  inTurn(name: string, task: () => void): () => void;
  /** Kept for the visitor, over windows and visits. */
  readonly visitorStore: KeyValueStore;
  /** Kept for this window alone, over reloads. */
  readonly windowStore: KeyValueStore;
}

export interface KeyValueStore {
  get(key: string): string | null;
  set(key: string, value: string | null): void;
}

export interface SocketLike {
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: ((event: { code: number }) => void) | null;
  send(data: string | ArrayBuffer): void;
  /** Bytes that wait to be sent. */
  readonly bufferedAmount?: number;
  readonly readyState?: number;
  close(): void;
}

export function browserEnvironment(): Environment {
  return {
    openSocket: (url) => Object.assign(new WebSocket(url), { binaryType: "arraybuffer" }) as SocketLike,
    after(ms, task) {
      const timer = setTimeout(task, ms);
      return () => clearTimeout(timer);
    },
    random: () => Math.random(),
    mintId: () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join(""),
    inTurn,
    visitorStore: webStore(() => localStorage),
    windowStore: webStore(() => sessionStorage),
  };
}

/** Outside secure contexts browsers have no locks; then nobody waits. */
function inTurn(name: string, task: () => void): () => void {
  const locks = (navigator as { locks?: LockManager }).locks;
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  let given = false;
  if (locks === undefined) task();
  else {
    void locks.request(name, () => {
      if (given) return undefined;
      task();
      return ended;
    });
  }
  return () => {
    given = true;
    end();
  };
}

/** Browsers that forbid storage throw where it is touched; then memory has to do. */
function webStore(open: () => Storage): KeyValueStore {
  const memory = new Map<string, string>();
  return {
    get(key) {
      return attempt(() => open().getItem(key)) ?? memory.get(key) ?? null;
    },
    set(key, value) {
      if (value === null) {
        memory.delete(key);
        attempt(() => open().removeItem(key));
      } else {
        memory.set(key, value);
        attempt(() => open().setItem(key, value));
      }
    },
  };
}

function attempt<T>(touch: () => T): T | undefined {
  try {
    return touch();
  } catch (error) {
    if (error instanceof DOMException) return undefined;
    throw error;
  }
}
