/**
 * One conversation of the fake server: its turns, its stream and the ring buffer that resumes are served from.
 * @typedef {Record<string, any>} Frame
 * @typedef {{ turn: number, state: string, posts: Frame[], ratings: Frame[], error?: string }} Turn
 */
const RING = 500;

export class Conversation {
  /** @param {number} id @param {string} title @param {(frame: Frame) => void} publish */
  constructor(id, title, publish) {
    this.id = id;
    this.title = title;
    this.stream = `s${id}-${Math.random().toString(36).slice(2, 8)}`;
    this.seq = 0;
    /** @type {Turn[]} */
    this.turns = [];
    /** @type {Frame[]} */
    this.ring = [];
    /** @type {Record<string, unknown>} */
    this.settings = {};
    this.updated = Date.now() / 1000;
    this.publish = publish;
  }

  get running() {
    return this.turns.some((turn) => turn.state === "running" || turn.state === "received");
  }

  snapshot() {
    const { id, stream, seq, title, settings } = this;
    return { type: "snapshot", conversation: id, stream, seq, title, settings, turns: structuredClone(this.turns) };
  }

  item() {
    return { conversation: this.id, title: this.title, updated_at: this.updated, running: this.running };
  }

  /** The frames after `after`, or null when only a snapshot can tell. @param {string} stream @param {number} after */
  since(stream, after) {
    const oldest = this.ring[0]?.seq ?? this.seq + 1;
    if (stream !== this.stream || after < 1 || after > this.seq || after + 1 < oldest) return null;
    return this.ring.filter((frame) => frame.seq > after);
  }

  /** @param {Frame} frame */
  emit(frame) {
    this.seq += 1;
    this.updated = Date.now() / 1000;
    const full = { ...frame, conversation: this.id, seq: this.seq };
    this.ring.push(full);
    if (this.ring.length > RING) this.ring.shift();
    this.publish(full);
  }

  /** @param {number} turn @param {string} state @param {Frame} [more] */
  state(turn, state, more = {}) {
    if (more["replaces"] !== undefined) {
      this.turns = this.turns.filter((one) => one.turn < more["replaces"] || one.turn === turn);
    }
    const known = this.turns.find((one) => one.turn === turn);
    if (state === "removed") this.turns = this.turns.filter((one) => one.turn !== turn);
    else if (known === undefined) this.turns.push({ turn, state, posts: [], ratings: [] });
    else known.state = state;
    this.emit({ type: "turn", turn, state, ...more });
  }

  /** @param {number} turn @param {Frame} post */
  create(turn, post) {
    this.turns.find((one) => one.turn === turn)?.posts.push(structuredClone(post));
    this.emit({ type: "post.create", turn, ...post });
  }

  /** @param {number} turn @param {string} post @param {Frame[]} patches */
  patch(turn, post, patches) {
    const body = this.turns.find((one) => one.turn === turn)?.posts.find((one) => one["post"] === post)?.["body"];
    if (body === undefined) return;
    for (const patch of patches) applyInPlace(body, patch);
    this.emit({ type: "post.patch", turn, post, patches: structuredClone(patches) });
  }

  /** @param {number} turn @param {Frame} rating */
  rate(turn, { message = -1, of_user = false, value }) {
    const known = this.turns.find((one) => one.turn === turn);
    if (known === undefined) return;
    known.ratings = value === "" ? [] : [{ message, of_user, value }];
    this.emit({ type: "rating", turn, message, of_user, value });
  }
}

/** @param {any} body @param {Frame} patch */
function applyInPlace(body, { op, path, value }) {
  const last = path.at(-1);
  const holder = path.slice(0, -1).reduce((/** @type {any} */ node, /** @type {string} */ step) => node[step], body);
  if (op === "append") holder[last] = (holder[last] ?? "") + value;
  else if (op === "set") holder[last] = structuredClone(value);
  else if (Array.isArray(holder)) holder.splice(Number(last), 1);
  else delete holder[last];
}
