import type {
  Ack,
  Command,
  ConversationItem,
  ErrorFrame,
  Hello,
  Intent,
  Limits,
  Notice,
  Profile,
  Resumed,
  SentPart,
  ServerFrame,
  Snapshot,
  StreamFrame,
  Values,
  Welcome,
} from "../protocol";
import { Cell } from "../state/cell";
import { Thread } from "../state/thread";
import type { Environment } from "./environment";
import { Link, type LinkState } from "./link";
import { Outbox, type Entry } from "./outbox";

const MAKES_A_POST: ReadonlySet<Intent["type"]> = new Set(["send", "choose", "example"]);
/** Questions: worth nothing once the connection they were asked on is gone. */
const TRANSIENT: ReadonlySet<Intent["type"]> = new Set([
  "settings.get",
  "history.get",
  "conversation.new",
  "conversation.list",
  "conversation.search",
  "conversation.switch",
  "identify",
  "context.set",
]);
const MEANS_NO_POST: ReadonlySet<Ack["outcome"]> = new Set(["merged", "duplicate", "done", "ignored", "denied"]);

/** A message of the visitor's that the server does not show yet. */
export interface Sketch {
  readonly id: string;
  readonly conversation: number;
  readonly draft: number;
  readonly text: string;
  readonly files: readonly string[];
}

/** A message that was refused: its words go back to the visitor. */
export interface Returned {
  readonly text: string;
  readonly reason: string;
}

export interface ClientOptions {
  /** The server's base address, ending with a slash. */
  readonly server: string;
  readonly app: string;
  readonly locale: string;
}

/** The protocol as the views see it: cells to read, commands to give. */
export class Client {
  readonly thread = new Thread();
  readonly link = new Cell<LinkState>("idle");
  readonly profile = new Cell<Profile | null>(null);
  readonly conversations = new Cell<readonly ConversationItem[]>([]);
  /** What a search found; null while there is none. */
  readonly found = new Cell<readonly ConversationItem[] | null>(null);
  readonly sketches = new Cell<readonly Sketch[]>([]);
  readonly returned = new Cell<Returned | null>(null);
  readonly notice = new Cell<Notice | null>(null);
  readonly strings = new Cell<Readonly<Record<string, string>>>({});
  readonly theme = new Cell<Readonly<Record<string, string>>>({});
  readonly loading = new Cell(true);
  readonly limits = new Cell<Limits>({});
  /** Milliseconds that the server's clock is ahead of ours. */
  skewMs = 0;

  readonly #options: ClientOptions;
  readonly #environment: Environment;
  readonly #link: Link;
  readonly #outbox: Outbox;
  readonly #tokenKey: string;
  #identity: string | null = null;
  #context: Values = {};
  #chosen = false;
  #draft: number;
  #resuming = false;

  constructor(options: ClientOptions, environment: Environment) {
    this.#options = options;
    this.#environment = environment;
    this.#tokenKey = `trunkline:visitor:${options.server}`;
    this.#outbox = new Outbox(environment.windowStore, `trunkline:outbox:${options.server}:${options.app}`);
    this.#draft = this.#outbox.entries.at(-1)?.draft ?? 0;
    this.sketches.value = this.#outbox.entries.flatMap((entry) => sketchOf(entry));
    this.#link = new Link(socketAddress(options.server), environment, {
      hello: () => this.#hello(),
      frame: (frame) => this.#route(frame),
      state: (state) => this.#linkChanged(state),
      tokenRefused: () => environment.visitorStore.set(this.#tokenKey, null),
    });
  }

  get draft(): number {
    return this.#draft;
  }

  get visitorToken(): string {
    return this.#environment.visitorStore.get(this.#tokenKey) ?? "";
  }

  open(): void {
    this.#link.open();
  }

  close(): void {
    this.#link.close();
  }

  wake(): void {
    this.#link.wake();
  }

  /** A server address as the browser can load it. */
  resolve(url: string): string {
    return new URL(url, this.#options.server).href;
  }

  /** Sends a command, now or when the server is there again; `shown` is how it looks until the server shows it. */
  command(intent: Intent, shown = ""): string {
    const command = { ...intent, id: this.#environment.mintId() } as Command;
    if (TRANSIENT.has(intent.type)) {
      this.#link.send(command);
      return command.id;
    }
    const entry: Entry = { command, draft: this.#draft };
    this.#outbox.add(entry);
    this.sketches.value = [...this.sketches.value, ...sketchOf(entry, shown)];
    this.#flush();
    return command.id;
  }

  send(parts: readonly SentPart[]): void {
    this.command({ type: "send", conversation: this.thread.conversation, parts });
  }

  newConversation(): void {
    this.#draft += 1;
    this.#show(0);
    this.command({ type: "conversation.new" });
  }

  switchTo(conversation: number): void {
    if (conversation === this.thread.conversation) return;
    this.#show(conversation);
    this.loading.value = true;
    this.command({ type: "conversation.switch", conversation });
  }

  identify(token: string | null): void {
    this.#identity = token;
    this.command({ type: "identify", token });
  }

  setContext(values: Values): void {
    this.#context = { ...this.#context, ...values };
    this.command({ type: "context.set", values });
  }

  forgetMe(): void {
    this.#outbox.clear();
    this.sketches.value = [];
    this.command({ type: "forget_me" });
  }

  #hello(): Hello {
    const { conversation, stream, seq } = this.thread;
    const token = this.visitorToken;
    const place = stream !== "" ? { resume: { conversation, stream, after: seq } } : this.#chosen ? { conversation } : {};
    return {
      type: "hello",
      protocol: 1,
      app: this.#options.app,
      locale: this.#options.locale,
      ...(token === "" ? {} : { visitor_token: token }),
      ...(this.#identity === null ? {} : { identity_token: this.#identity }),
      ...(Object.keys(this.#context).length === 0 ? {} : { context: this.#context }),
      ...place,
    };
  }

  #linkChanged(state: LinkState): void {
    this.link.value = state;
    if (state === "online") this.#flush();
    else this.#outbox.rewind();
  }

  #flush(): void {
    if (this.link.value !== "online") return;
    for (const command of this.#outbox.take()) this.#link.send(command);
  }

  #route(frame: ServerFrame): void {
    switch (frame.type) {
      case "welcome":
        return this.#welcome(frame);
      case "snapshot":
        return this.#snapshot(frame);
      case "resumed":
        this.#resuming = false;
        this.loading.value = false;
        return;
      case "ack":
        return this.#acknowledged(frame);
      case "error":
        return this.#failed(frame);
      default:
        return this.#told(frame);
    }
  }

  #told(frame: Exclude<ServerFrame, Welcome | Snapshot | Resumed | Ack | ErrorFrame>): void {
    switch (frame.type) {
      case "conversations":
        (frame.query === undefined ? this.conversations : this.found).value = frame.items;
        return;
      case "history":
        if (frame.conversation === this.thread.conversation) this.thread.prepend(frame.turns, frame.more ?? false);
        return;
      case "notice":
        this.notice.value = frame.notice;
        return;
      default:
        if ("seq" in frame || frame.type === "settings") this.#streamed(frame);
    }
  }

  #welcome(frame: Welcome): void {
    this.#resuming = false;
    this.#environment.visitorStore.set(this.#tokenKey, frame.visitor_token);
    if (frame.now !== undefined) this.skewMs = frame.now * 1000 - Date.now();
    this.limits.value = frame.limits ?? {};
    this.strings.value = frame.strings ?? {};
    this.theme.value = frame.theme ?? {};
    this.conversations.value = frame.conversations ?? [];
    this.profile.value = frame.app;
  }

  #snapshot(frame: Snapshot): void {
    this.#resuming = false;
    this.#chosen = true;
    this.thread.reset(frame);
    this.loading.value = false;
    this.#erase((sketch) => this.thread.shows(sketch.id));
  }

  #streamed(frame: StreamFrame): void {
    if (this.#resuming) return;
    const verdict = this.thread.apply(frame);
    if (verdict === "gap" || verdict === "mismatch") this.#resume(verdict === "gap" ? this.thread.seq : 0);
    else if (frame.type === "post.create") this.#erase((sketch) => sketch.id === frame.client_id);
  }

  #resume(after: number): void {
    const { conversation, stream } = this.thread;
    this.#resuming = this.#link.send({ type: "resume", conversation, stream, after });
  }

  #acknowledged(frame: Ack): void {
    const entry = this.#outbox.settle(frame.id, frame.conversation);
    if (entry === undefined) return;
    const { conversation } = frame;
    if (conversation !== undefined) {
      this.sketches.value = this.sketches.value.map((sketch) =>
        sketch.conversation === 0 && sketch.draft === entry.draft ? { ...sketch, conversation } : sketch,
      );
    }
    if (frame.outcome === "denied") this.#return(entry, frame.text ?? "");
    else if (frame.text) this.notice.value = { type: "notice", level: "info", text: frame.text };
    this.#erase((sketch) => sketch.id === frame.id && (MEANS_NO_POST.has(frame.outcome) || this.thread.shows(frame.id)));
    this.#flush();
  }

  #failed(frame: ErrorFrame): void {
    const entry = frame.id === undefined ? undefined : this.#outbox.find(frame.id);
    if (entry === undefined) {
      this.notice.value = { type: "notice", level: "error", text: frame.message };
      return;
    }
    if (frame.retry_after !== undefined) {
      this.notice.value = { type: "notice", level: "warning", text: frame.message };
      this.#environment.after(frame.retry_after * 1000, () => {
        this.#outbox.resend(entry.command.id);
        this.#flush();
      });
      return;
    }
    this.#outbox.settle(entry.command.id);
    this.#erase((sketch) => sketch.id === entry.command.id);
    this.#return(entry, frame.message);
    this.#flush();
  }

  #return(entry: Entry, reason: string): void {
    const text = entry.command.type === "send" ? textOf(entry.command.parts) : "";
    this.returned.value = { text, reason };
  }

  #erase(gone: (sketch: Sketch) => boolean): void {
    if (this.sketches.value.some(gone)) this.sketches.value = this.sketches.value.filter((sketch) => !gone(sketch));
  }

  /** Leaves what is open for a conversation that the server will tell about. */
  #show(conversation: number): void {
    this.#chosen = true;
    this.thread.reset({ type: "snapshot", conversation, stream: "", seq: 0, turns: [] });
  }
}

function socketAddress(server: string): string {
  const url = new URL("ws", server);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url.href;
}

function textOf(parts: readonly SentPart[]): string {
  return parts.flatMap((part) => (part.type === "text" ? [part.text] : [])).join("\n\n");
}

function sketchOf({ command, draft }: Entry, shown = ""): readonly Sketch[] {
  if (!MAKES_A_POST.has(command.type) || !("conversation" in command)) return [];
  const parts = command.type === "send" ? command.parts : [];
  const files = parts.flatMap((part) => (part.type === "media" ? [part.name ?? ""] : []));
  const text = command.type === "send" ? textOf(parts) : shown;
  return text === "" && files.length === 0
    ? []
    : [{ id: command.id, conversation: command.conversation, draft, text, files }];
}
