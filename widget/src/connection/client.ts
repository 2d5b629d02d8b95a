import type {
  Ack,
  Command,
  ConversationItem,
  Conversations,
  ErrorFrame,
  Hello,
  HistoryFrame,
  Intent,
  Limits,
  Notice,
  Profile,
  Resumed,
  SentMedia,
  SentPart,
  ServerFrame,
  Snapshot,
  StreamFrame,
  TurnState,
  Values,
  Welcome,
} from "../protocol";
import type { CallFrame, Voice } from "../protocol_voice";
import { Cell } from "../state/cell";
import { Thread } from "../state/thread";
import type { Environment, KeyValueStore } from "./environment";
import { Link, socketAddress, type LinkState } from "./link";
import { Outbox, TRANSIENT, type Entry } from "./outbox";
import type { CallListener } from "./listener";
import { sizeOf, sketchOf, textOf, type Sketch } from "./sketch";
import { merged } from "./titles";

const MEANS_NO_POST: ReadonlySet<Ack["outcome"]> = new Set(["merged", "duplicate", "done", "ignored", "denied"]);

/** A message that was refused: its words and files go back to the visitor. */
export interface Returned {
  readonly text: string;
  readonly files: readonly SentMedia[];
  /** The sentence why; "" when it is larger than the server takes. */
  readonly reason: string;
}

export interface ClientOptions {
  /** The server's base address, ending with a slash. */
  readonly server: string;
  readonly app: string;
  readonly locale: string;
  /** Tells this window's own storage from that of the page's other windows. */
  readonly place: string;
  /** Who the page says the visitor is: its token, null when somebody logged out. */
  readonly identity?: string | null | undefined;
  readonly context: Values;
}

const TITLES = 50;

/** The protocol as the views see it: cells to read, commands to give. */
export class Client {
  readonly thread = new Thread();
  readonly link = new Cell<LinkState>("idle");
  readonly profile = new Cell<Profile | null>(null);
  readonly conversations = new Cell<readonly ConversationItem[]>([]);
  /** Are there older conversations than those? */
  readonly moreTitles = new Cell(false);
  /** What a search found; null while there is none. */
  readonly found = new Cell<readonly ConversationItem[] | null>(null);
  readonly sketches = new Cell<readonly Sketch[]>([]);
  readonly returned = new Cell<Returned | null>(null);
  /** `code` is that of the error it tells of. */
  readonly notice = new Cell<(Notice & { readonly code?: string }) | null>(null);
  readonly strings = new Cell<Readonly<Record<string, string>>>({});
  readonly theme = new Cell<Readonly<Record<string, string>>>({});
  readonly loading = new Cell(true);
  /** How often somebody else has come to sit here, who must see nothing of whoever did before. */
  readonly changes = new Cell(0);
  readonly limits = new Cell<Limits>({});
  readonly voice = new Cell<Voice>({});
  /** The call under way. */
  listener: CallListener | null = null;
  /** Milliseconds that the server's clock is ahead of ours. */
  skewMs = 0;

  readonly #options: ClientOptions;
  readonly #environment: Environment;
  readonly #link: Link;
  readonly #outbox: Outbox;
  readonly #tokenKey: string;
  readonly #place: string;
  /** Who waits for older turns, by the question's id; told null when the connection they were asked on is gone. */
  readonly #asked = new Map<string, (answer: HistoryFrame | null) => void>();
  readonly #personKey: string;
  #identity: string | null;
  /** The identity that the server was told last. */
  #toldIdentity: string | null = null;
  /** The token that this window and the server share. */
  #shownToken = "";
  #refusedToken = "";
  /** What somebody who is signed in shows for an upload. */
  #pass = "";
  /** The sign-in was refused or has run out, and the page may bring another. */
  #lapsed = false;
  #context: Values;
  #first: (() => void) | null = null;
  #chosen = false;
  #draft: number;
  #resuming = false;
  /** The ids of what was said in this window since it was opened. */
  readonly #said = new Set<string>();

  constructor(options: ClientOptions, environment: Environment) {
    this.#options = options;
    this.#environment = environment;
    this.#tokenKey = `trunkline:visitor:${options.server}`;
    this.#place = options.place;
    this.#personKey = `trunkline:person:${options.place}`;
    this.#identity = options.identity ?? null;
    this.#context = options.context;
    this.#outbox = new Outbox(environment.windowStore, `trunkline:outbox:${options.place}`);
    this.#draft = this.#outbox.entries.at(-1)?.draft ?? 0;
    this.sketches.value = this.#outbox.entries.flatMap((entry) => sketchOf(entry));
    this.#link = new Link(socketAddress(options.server), environment, {
      hello: () => this.#hello(),
      frame: (frame) => this.listener?.frame(frame) || this.#route(frame),
      sound: (data) => this.listener?.sound(data),
      state: (state) => this.#linkChanged(state),
      // It stays where it is: another window may be putting a younger one in its place.
      tokenRefused: () => (this.#refusedToken = this.#shownToken),
    });
  }

  get draft(): number {
    return this.#draft;
  }

  /** Says who the visitor is where no connection does. */
  get visitorToken(): string {
    return this.#pass || this.#anonymousToken;
  }

  get #anonymousToken(): string {
    return this.#environment.visitorStore.get(this.#tokenKey) ?? "";
  }

  /** What stands in the box, kept over reloads of this window. */
  get typed(): string {
    return this.#environment.windowStore.get(this.keyOf("typed")) ?? "";
  }

  /** Kept for the visitor, over windows and visits. */
  get kept(): KeyValueStore {
    return this.#environment.visitorStore;
  }

  /** A name in `kept` that no other chat of this origin uses. */
  keyOf(name: string): string {
    return `trunkline:${name}:${this.#place}`;
  }

  set typed(text: string) {
    this.#environment.windowStore.set(this.keyOf("typed"), text === "" ? null : text);
  }

  /**
   * Connects. A browser without a visitor yet does so one window at a time, that all of them become the same one.
   */
  open(): void {
    if (this.visitorToken !== "") return this.#link.open();
    const turn = this.#environment.inTurn(this.#tokenKey, () => this.#link.open());
    this.#first = turn;
  }

  close(): void {
    this.#known();
    this.#link.close();
  }

  #known(): void {
    this.#first?.();
    this.#first = null;
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
    this.#said.add(command.id);
    this.#outbox.add(entry);
    this.sketches.value = [...this.sketches.value, ...sketchOf(entry, shown)];
    this.#flush();
    return command.id;
  }

  /** Is it the answer to something that was said in this window since it was opened? */
  answers({ posts }: TurnState): boolean {
    return posts.some(({ client_id: id }) => id !== undefined && this.#said.has(id));
  }

  /** Says what needs no answer, if the server is there. */
  tell(frame: CallFrame): void {
    this.#link.send(frame);
  }

  sendSound(data: ArrayBuffer): boolean {
    return this.#link.sendSound(data);
  }

  send(parts: readonly SentPart[]): void {
    this.command({ type: "send", conversation: this.thread.conversation, parts });
  }

  newConversation(): void {
    this.#draft += 1;
    this.#show(0);
    this.command({ type: "conversation.new" });
  }

  /** Older turns than `before`, as they are; null when the connection is gone. */
  history(before: number, limit: number): Promise<HistoryFrame | null> {
    const { conversation } = this.thread;
    return new Promise((resolve) => {
      const command = { type: "history.get", conversation, before, limit, id: this.#environment.mintId() } as const;
      if (this.#link.send(command)) this.#asked.set(command.id, resolve);
      else resolve(null);
    });
  }

  /** Asks for the titles after those that are known. */
  moreConversations(): void {
    const last = this.conversations.value.at(-1);
    if (last === undefined) return;
    const { updated_at: before, conversation: before_conversation } = last;
    this.command({ type: "conversation.list", limit: TITLES, before, before_conversation });
  }

  switchTo(conversation: number): void {
    if (conversation === this.thread.conversation) return;
    this.#show(conversation);
    this.loading.value = true;
    this.command({ type: "conversation.switch", conversation });
  }

  identify(token: string | null): void {
    this.#identity = token;
    this.#tellIdentity();
  }

  /** Tells the server what it was not told with `hello`; while there is no connection that will tell it. */
  #tellIdentity(): void {
    if (this.link.value !== "online" || this.#identity === this.#toldIdentity) return;
    this.#toldIdentity = this.#identity;
    this.command({ type: "identify", token: this.#toldIdentity });
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
    const kept = this.#anonymousToken;
    const token = (this.#shownToken = kept === this.#refusedToken ? "" : kept);
    this.#toldIdentity = this.#identity;
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
    if (state === "online") {
      this.#tellIdentity();
      return this.#flush();
    }
    this.#outbox.rewind();
    if (state === "refused") this.#known();
    for (const resolve of this.#asked.values()) resolve(null);
    this.#asked.clear();
  }

  #flush(): void {
    if (this.link.value !== "online") return;
    const most = this.limits.value.frame_bytes ?? Infinity;
    const ready = this.#outbox.take();
    // Over a larger one the server would end the connection, each time anew.
    const large = ready.filter((command) => sizeOf(command) > most);
    for (const command of ready) if (!large.includes(command)) this.#link.send(command);
    for (const command of large) this.#refuse(command.id, "");
    if (large.length > 0) this.#flush();
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
        return this.#titles(frame);
      case "history":
        this.#asked.get(frame.id)?.(frame);
        this.#asked.delete(frame.id);
        return;
      case "notice":
        this.notice.value = frame.notice;
        return;
      default:
        if ("seq" in frame || frame.type === "settings") this.#streamed(frame);
    }
  }

  #titles({ query, id, items, more = false }: Conversations): void {
    if (query !== undefined) {
      this.found.value = items;
      return;
    }
    const paged = id !== undefined;
    this.conversations.value = merged(this.conversations.value, items, paged, TITLES);
    if (paged) this.moreTitles.value = more;
  }

  #welcome(frame: Welcome): void {
    this.#resuming = false;
    this.#become(frame);
    this.#known();
    if (frame.now !== undefined) this.skewMs = frame.now * 1000 - Date.now();
    this.limits.value = frame.limits ?? {};
    this.voice.value = frame.voice ?? {};
    this.strings.value = frame.strings ?? {};
    this.theme.value = frame.theme ?? {};
    this.conversations.value = frame.conversations ?? [];
    this.moreTitles.value = this.conversations.value.length >= TITLES;
    this.profile.value = frame.app;
  }

  /**
   * Whoever uses this browser next must find nothing of a person who was signed in: their pass is not kept, the
   * anonymous visitor that they were is theirs now, and what they left unsent is dropped once it is somebody else.
   */
  #become({ identity, visitor_token: token }: Welcome): void {
    this.#pass = identity === undefined ? "" : token;
    this.#environment.visitorStore.set(this.#tokenKey, identity === undefined ? (this.#shownToken = token) : null);
    const person = identity?.person ?? "";
    const before = this.#environment.windowStore.get(this.#personKey) ?? "";
    // A sign-in that ran out is renewed soon: until then what was written stays.
    if (person === "" && this.#lapsed) return;
    this.#lapsed = false;
    if (before !== "" && before !== person) {
      this.#outbox.clear();
      this.sketches.value = [];
      this.typed = "";
      this.found.value = this.returned.value = null;
      this.changes.value += 1;
    }
    this.#environment.windowStore.set(this.#personKey, person === "" ? null : person);
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
    if (entry.command.type === "conversation.delete" && frame.outcome === "done") this.#forgetTitle(entry.command.conversation);
    if (frame.outcome === "denied") this.#return(entry, frame.text ?? "");
    else if (frame.text && entry.command.type !== "rate") this.notice.value = { type: "notice", level: "info", text: frame.text };
    this.#erase((sketch) => sketch.id === frame.id && (MEANS_NO_POST.has(frame.outcome) || this.thread.shows(frame.id)));
    this.#flush();
  }

  #failed(frame: ErrorFrame): void {
    const { id = "" } = frame;
    const entry = this.#outbox.find(id);
    this.#asked.get(id)?.(null);
    this.#asked.delete(id);
    if (frame.code === "identity") {
      this.#lapsed = this.#pass !== "";
      this.#identity = this.#toldIdentity = null;
    }
    if (entry === undefined) {
      this.notice.value = { type: "notice", level: "error", text: frame.message, code: frame.code };
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
    this.#refuse(entry.command.id, frame.message);
    this.#flush();
  }

  #forgetTitle(conversation: number): void {
    for (const list of [this.conversations, this.found]) {
      list.value = list.value?.filter((item) => item.conversation !== conversation) ?? [];
    }
  }

  #refuse(id: string, reason: string): void {
    const entry = this.#outbox.settle(id);
    this.#erase((sketch) => sketch.id === id);
    if (entry !== undefined) this.#return(entry, reason);
  }

  #return({ command }: Entry, reason: string): void {
    const parts = command.type === "send" || command.type === "edit" ? command.parts : [];
    const files = command.type === "send" ? parts.filter((part) => part.type === "media") : [];
    const before = this.returned.value;
    const text = [before?.text ?? "", textOf(parts)].filter((words) => words !== "").join("\n");
    this.returned.value = { text, files: [...(before?.files ?? []), ...files], reason };
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
