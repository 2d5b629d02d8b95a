/** The few things of a browser that the client of the protocol needs; tests bring their own. */
export interface Environment {
  openSocket(url: string): SocketLike;
  /** Calls `task` after `ms` milliseconds, unless the returned function is called before. */
  after(ms: number, task: () => void): () => void;
  /** In [0, 1). */
  random(): number;
  /** An id for a command: 8 to 64 of A–Z a–z 0–9 _ -, never minted before by anybody. */
  mintId(): string;
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
  send(text: string): void;
  close(): void;
}

export function browserEnvironment(): Environment {
  return {
    openSocket: (url) => new WebSocket(url) as SocketLike,
    after(ms, task) {
      const timer = setTimeout(task, ms);
      return () => clearTimeout(timer);
    },
    random: () => Math.random(),
    mintId: () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join(""),
    visitorStore: webStore(() => localStorage),
    windowStore: webStore(() => sessionStorage),
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
