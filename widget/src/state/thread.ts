import type { Message, PostState, Snapshot, StreamFrame, TurnFrame, TurnState, Values } from "../protocol";
import { Cell } from "./cell";
import { applyPatches, PatchMismatch } from "./patch";

/** What became of a frame: `gap` and `mismatch` ask for a resume, `foreign` is another conversation's. */
export type Verdict = "applied" | "duplicate" | "gap" | "mismatch" | "foreign";

export interface ThreadHead {
  readonly conversation: number;
  readonly title: string;
  readonly more: boolean;
  readonly settings: Values;
  readonly greeting: readonly Message[] | undefined;
}

const EMPTY_HEAD: ThreadHead = { conversation: 0, title: "", more: false, settings: {}, greeting: undefined };

/**
 * The open conversation as this window shows it: a state machine over snapshots and stream frames.
 *
 * Each turn has a cell of its own, so that a token redraws one turn whatever the length of the conversation.
 */
export class Thread {
  readonly head = new Cell<ThreadHead>(EMPTY_HEAD);
  readonly order = new Cell<readonly number[]>([]);
  /** The oldest turn that runs or waits; null when the app is idle. */
  readonly running = new Cell<number | null>(null);
  readonly #turns = new Map<number, Cell<TurnState>>();
  readonly #turnOfPost = new Map<string, number>();
  #stream = "";
  #seq = 0;

  get conversation(): number {
    return this.head.value.conversation;
  }

  get stream(): string {
    return this.#stream;
  }

  /** The last sequence number that was applied. */
  get seq(): number {
    return this.#seq;
  }

  turn(turn: number): Cell<TurnState> | undefined {
    return this.#turns.get(turn);
  }

  /** The newest turn, undefined in an empty conversation. */
  get newest(): TurnState | undefined {
    const last = this.order.value.at(-1);
    return last === undefined ? undefined : this.#turns.get(last)?.value;
  }

  /** Does a post that came from this command stand here? */
  shows(clientId: string): boolean {
    return this.order.value.some((turn) => this.#turns.get(turn)?.value.posts.some((p) => p.client_id === clientId));
  }

  reset(snapshot: Snapshot): void {
    this.#stream = snapshot.stream;
    this.#seq = snapshot.seq;
    const kept = snapshot.turns.map((turn) => turn.turn);
    for (const turn of [...this.#turns.keys()]) if (!kept.includes(turn)) this.#turns.delete(turn);
    this.#turnOfPost.clear();
    for (const turn of snapshot.turns) this.#put(turn);
    this.head.value = {
      conversation: snapshot.conversation,
      title: snapshot.title ?? "",
      more: snapshot.more ?? false,
      settings: snapshot.settings ?? {},
      greeting: snapshot.greeting,
    };
    this.order.value = kept;
    this.#findRunning();
  }

  /** Puts older turns before the ones shown. */
  prepend(turns: readonly TurnState[], more: boolean): void {
    const fresh = turns.filter((turn) => !this.#turns.has(turn.turn));
    for (const turn of fresh) this.#put(turn);
    this.order.value = [...fresh.map((turn) => turn.turn), ...this.order.value];
    this.head.value = { ...this.head.value, more };
  }

  /** Lets go of all but the newest turns. They are asked for again, as what was never here, when they are wanted. */
  keepNewest(count: number): void {
    const order = this.order.value;
    if (order.length <= count) return;
    const kept = new Set(order.slice(-count));
    for (const turn of order) if (!kept.has(turn)) this.#turns.delete(turn);
    for (const [post, turn] of this.#turnOfPost) if (!kept.has(turn)) this.#turnOfPost.delete(post);
    this.order.value = [...kept];
    this.head.value = { ...this.head.value, more: true };
  }

  apply(frame: StreamFrame): Verdict {
    if (frame.conversation !== this.conversation) return "foreign";
    if (frame.type === "settings" && frame.seq === undefined) return this.#applySettings(frame.values);
    return this.#applyAt(frame, frame.seq ?? 0);
  }

  #applyAt(frame: StreamFrame, seq: number): Verdict {
    if (seq <= this.#seq) return "duplicate";
    if (seq > this.#seq + 1) return "gap";
    const verdict = this.#change(frame);
    if (verdict === "applied") this.#seq = seq;
    if (frame.type === "turn" || frame.type === "cleared") this.#findRunning();
    return verdict;
  }

  #change(frame: StreamFrame): Verdict {
    switch (frame.type) {
      case "turn":
        return this.#applyTurn(frame);
      case "post.create":
        return this.#create(frame.turn, frame);
      case "post.patch":
        return this.#body(frame.post, (post) => ({ ...post, body: applyPatches(post.body, frame.patches) }));
      case "post.replace":
        return this.#body(frame.post, (post) => ({ ...post, body: frame.body }));
      case "post.delete":
        return this.#delete(frame.post);
      case "rating":
        return this.#update(frame.turn, (turn) => ({ ...turn, ratings: rated(turn, frame) }));
      case "settings":
        return this.#applySettings(frame.values);
      case "cleared":
        this.#remove(() => true);
        this.head.value = { ...this.head.value, more: false };
        return "applied";
    }
  }

  #applySettings(settings: Values): Verdict {
    this.head.value = { ...this.head.value, settings };
    return "applied";
  }

  #applyTurn(frame: TurnFrame): Verdict {
    if (this.#isBefore(frame.turn)) return "applied";
    const { replaces } = frame;
    if (replaces !== undefined) this.#remove((turn) => turn >= replaces && turn !== frame.turn);
    if (frame.state === "removed") {
      this.#remove((turn) => turn === frame.turn);
      return "applied";
    }
    const posts = this.#turns.get(frame.turn)?.value.posts ?? [];
    const ratings = this.#turns.get(frame.turn)?.value.ratings ?? [];
    const { turn, state, error, queue, started_at } = frame;
    this.#put({
      turn,
      state,
      posts,
      ratings,
      ...(error === undefined ? {} : { error }),
      ...(queue === undefined ? {} : { queue }),
      ...(started_at === undefined ? {} : { started_at }),
    });
    this.#place(turn);
    return "applied";
  }

  #create(turn: number, { post, role, body, at, client_id }: PostState): Verdict {
    if (this.#isBefore(turn)) return "applied";
    if (!this.#turns.has(turn)) this.#put({ turn, state: "received", posts: [] });
    const created: PostState = {
      post,
      role,
      body,
      ...(at === undefined ? {} : { at }),
      ...(client_id === undefined ? {} : { client_id }),
    };
    this.#turnOfPost.set(post, turn);
    this.#update(turn, (old) => ({ ...old, posts: [...old.posts.filter((other) => other.post !== post), created] }));
    this.#place(turn);
    return "applied";
  }

  #body(post: string, change: (post: PostState) => PostState): Verdict {
    try {
      return this.#update(this.#turnOfPost.get(post), (turn) => ({
        ...turn,
        posts: turn.posts.map((old) => (old.post === post ? change(old) : old)),
      }));
    } catch (error) {
      if (error instanceof PatchMismatch) return "mismatch";
      throw error;
    }
  }

  #delete(post: string): Verdict {
    const turn = this.#turnOfPost.get(post);
    this.#turnOfPost.delete(post);
    if (turn === undefined) return "applied";
    return this.#update(turn, (old) => ({ ...old, posts: old.posts.filter((other) => other.post !== post) }));
  }

  #update(turn: number | undefined, change: (turn: TurnState) => TurnState): Verdict {
    const cell = turn === undefined ? undefined : this.#turns.get(turn);
    // Every frame since the snapshot was applied: what is not known here stands further up than what is held.
    if (cell === undefined) return this.head.value.more ? "applied" : "mismatch";
    cell.value = change(cell.value);
    return "applied";
  }

  /** Does a turn stand further up than what is held? */
  #isBefore(turn: number): boolean {
    const oldest = this.order.value[0];
    return this.head.value.more && oldest !== undefined && turn < oldest;
  }

  #put(turn: TurnState): void {
    for (const post of turn.posts) this.#turnOfPost.set(post.post, turn.turn);
    const cell = this.#turns.get(turn.turn);
    if (cell === undefined) this.#turns.set(turn.turn, new Cell(turn));
    else cell.value = turn;
  }

  #place(turn: number): void {
    const order = this.order.value;
    if (order.includes(turn)) return;
    const before = order.findLastIndex((other) => other < turn) + 1;
    this.order.value = order.toSpliced(before, 0, turn);
  }

  #findRunning(): void {
    const runs = (turn: number): boolean => {
      const state = this.#turns.get(turn)?.value.state;
      return state === "running" || state === "received";
    };
    this.running.value = this.order.value.find(runs) ?? null;
  }

  #remove(gone: (turn: number) => boolean): void {
    const kept = this.order.value.filter((turn) => !gone(turn));
    if (kept.length === this.order.value.length) return;
    const removed = this.order.value.filter(gone);
    this.order.value = kept;
    for (const turn of removed) {
      for (const post of this.#turns.get(turn)?.value.posts ?? []) this.#turnOfPost.delete(post.post);
      this.#turns.delete(turn);
    }
  }
}

function rated(turn: TurnState, rating: { message?: number; of_user?: boolean; value: string }): TurnState["ratings"] {
  const { message = -1, of_user = false, value } = rating;
  const others = (turn.ratings ?? []).filter(
    (old) => (old.message ?? -1) !== message || (old.of_user ?? false) !== of_user,
  );
  return value === "" ? others : [...others, { message, of_user, value }];
}
