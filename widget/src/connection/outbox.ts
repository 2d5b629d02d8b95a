import type { Command, Intent } from "../protocol";
import type { KeyValueStore } from "./environment";

/** Questions: worth nothing once the connection they were asked on is gone. */
export const TRANSIENT: ReadonlySet<Intent["type"]> = new Set([
  "settings.get",
  "history.get",
  "conversation.new",
  "conversation.list",
  "conversation.search",
  "conversation.switch",
  "identify",
  "context.set",
  "call.start",
]);
/** A command that the server has not acknowledged yet. */
export interface Entry {
  readonly command: Command;
  /** Which new conversation a command to conversation 0 belongs to; they are counted in this window. */
  readonly draft: number;
}

/**
 * The commands that are on their way, in order, kept over reloads of the window.
 *
 * Nothing is lost and nothing done twice: an entry stays until it is acknowledged, and is sent again under the same
 * id after each reconnect. Of the commands to one new conversation only the first is on the way at a time, because
 * it makes the conversation that the others belong to.
 */
export class Outbox {
  readonly #store: KeyValueStore;
  readonly #key: string;
  readonly #sent = new Set<string>();
  #entries: readonly Entry[];

  constructor(store: KeyValueStore, key: string) {
    this.#store = store;
    this.#key = key;
    this.#entries = parse(store.get(key));
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  add(entry: Entry): void {
    this.#keep([...this.#entries, entry]);
  }

  find(id: string): Entry | undefined {
    return this.#entries.find((entry) => entry.command.id === id);
  }

  /** Takes out the entry of this id; `conversation` is the one that its command made, where it went to a new one. */
  settle(id: string, conversation?: number): Entry | undefined {
    const settled = this.find(id);
    if (settled === undefined) return undefined;
    const rest = this.#entries.filter((entry) => entry !== settled);
    const made = isDraft(settled) ? conversation : undefined;
    this.#keep(made === undefined ? rest : rest.map((entry) => moved(entry, settled.draft, made)));
    this.#sent.delete(id);
    return settled;
  }

  /** What may be sent now and was not sent on this connection; it counts as sent from here on. */
  take(): readonly Command[] {
    const open = new Set<number>();
    const ready: Command[] = [];
    for (const entry of this.#entries) {
      if (isDraft(entry)) {
        if (open.has(entry.draft)) continue;
        open.add(entry.draft);
      }
      if (this.#sent.has(entry.command.id)) continue;
      this.#sent.add(entry.command.id);
      ready.push(entry.command);
    }
    return ready;
  }

  /** The connection is gone: all that was sent on it has to be sent again. */
  rewind(): void {
    this.#sent.clear();
  }

  /** This one has to be sent again. */
  resend(id: string): void {
    this.#sent.delete(id);
  }

  clear(): void {
    this.#sent.clear();
    this.#keep([]);
  }

  #keep(entries: readonly Entry[]): void {
    this.#entries = entries;
    this.#store.set(this.#key, entries.length === 0 ? null : JSON.stringify(entries));
  }
}

function isDraft(entry: Entry): boolean {
  return "conversation" in entry.command && entry.command.conversation === 0;
}

function moved(entry: Entry, draft: number, conversation: number): Entry {
  if (!isDraft(entry) || entry.draft !== draft) return entry;
  return { ...entry, command: { ...entry.command, conversation } as Command };
}

function parse(text: string | null): readonly Entry[] {
  return text === null ? [] : (JSON.parse(text) as readonly Entry[]);
}
