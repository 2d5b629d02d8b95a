/**
 * A server of the web protocol for looking at the widget and for tests: an app whose replies are scripted by the words
 * of the message (think, markdown, media, option, artifact, progress, error, forever, long, html, drop). It keeps everything in
 * memory and knows one visitor.
 */
import { createServer } from "node:http";
import { readFile, readdir } from "node:fs/promises";
import { extname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { WebSocketServer } from "ws";
import { Conversation } from "./conversation.mjs";
import { profile } from "./profile.mjs";
import { script } from "./replies.mjs";

/** @typedef {Record<string, any>} Frame */
const STATIC = join(import.meta.dirname, "../../../bridges/trunkline_bridges/web/static");
const TYPES = new Map([[".js", "text/javascript"], [".html", "text/html"], [".woff2", "font/woff2"]]);
/** Steps of a reply after which a message with the word "drop" has the connections cut. */
const DROP_AFTER = 5;
const CONTROLS = ["retry", "undo", "edit", "rate", "choose"];

export class FakeServer {
  /** @param {{ pause?: number, page?: string }} [options] `pause`: milliseconds between two steps of a reply */
  constructor({ pause = 25, page = "" } = {}) {
    this.pause = pause;
    this.page = page;
    /** @type {Map<number, Conversation>} */
    this.conversations = new Map();
    /** @type {Map<import("ws").WebSocket, { open: number }>} */
    this.sockets = new Map();
    /** @type {Map<string, Frame>} */
    this.acks = new Map();
    this.turns = 0;
    /** Turns in the middle of which the connections are cut. @type {Set<number>} */
    this.dropping = new Set();
    this.current = 0;
    /** Every frame that clients sent. @type {Frame[]} */
    this.received = [];
    this.http = createServer((request, response) => void this.serve(request, response));
    this.sockets_ = new WebSocketServer({ server: this.http, path: "/ws" });
    this.sockets_.on("connection", (socket) => this.connected(socket));
  }

  /** @param {number} [port] @returns {Promise<string>} the base address */
  async listen(port = 0) {
    await new Promise((resolve) => this.http.listen(port, "127.0.0.1", () => resolve(undefined)));
    const address = this.http.address();
    return `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : port}/`;
  }

  close() {
    this.drop();
    this.sockets_.close();
    this.http.close();
  }

  /** Cuts all connections, as a restart of a proxy does. */
  drop() {
    for (const socket of this.sockets.keys()) socket.terminate();
  }

  /** @param {import("node:http").IncomingMessage} request @param {import("node:http").ServerResponse} response */
  async serve(request, response) {
    const path = new URL(request.url ?? "/", "http://x").pathname;
    response.setHeader("Access-Control-Allow-Origin", "*");
    if (request.method === "POST") return this.upload(request, response);
    if (path === "/strict") response.setHeader("Content-Security-Policy", strictPolicy(`http://${request.headers.host ?? ""}`));
    const found = this.made(path) ?? (await built(path));
    if (found === null) send(response, "text/plain", "not found", 404);
    else send(response, found.type, found.body);
  }

  /** What the server makes itself. @param {string} path */
  made(path) {
    const [, sky = "", ground = "", shape = ""] = /^\/media\/pictures\/(\w+)-(\w+)-(\w+)\.svg$/.exec(path) ?? [];
    if (shape !== "") return { type: "image/svg+xml", body: drawn(sky, ground, shape) };
    if (path.endsWith(".wav")) return { type: "audio/wav", body: tone() };
    if (path === "/strict") return { type: "text/html", body: STRICT_PAGE };
    return path === "/" ? { type: "text/html", body: this.page } : null;
  }

  /** @param {import("node:http").IncomingMessage} request @param {import("node:http").ServerResponse} response */
  async upload(request, response) {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const name = /filename="([^"]*)"/.exec(Buffer.concat(chunks).toString("latin1"))?.[1] ?? "file";
    const kind = /\.(png|jpe?g|svg)$/i.test(name) ? "image" : "file";
    const url = "media/pictures/0ea5e9-1e3a8a-sea.svg";
    const file = { upload: `up-${name}`, name, mime: kind === "image" ? "image/png" : "application/octet-stream", size: 1, kind, url };
    send(response, "application/json", JSON.stringify({ files: [file] }));
  }

  /** @param {import("ws").WebSocket} socket */
  connected(socket) {
    this.sockets.set(socket, { open: this.current });
    socket.on("close", () => this.sockets.delete(socket));
    socket.on("message", (data) => {
      const frame = JSON.parse(/** @type {Buffer} */ (data).toString("utf8"));
      this.received.push(frame);
      this.handle(socket, frame);
    });
  }

  /** @param {import("ws").WebSocket} socket @param {Frame} frame */
  tell(socket, frame) {
    socket.send(JSON.stringify(frame));
  }

  /** @param {Frame} frame */
  publish(frame) {
    for (const [socket, { open }] of this.sockets) if (open === frame["conversation"]) this.tell(socket, frame);
  }

  list() {
    return [...this.conversations.values()].map((one) => one.item()).sort((a, b) => b.updated_at - a.updated_at);
  }

  /** @param {import("ws").WebSocket} socket @param {number} id */
  open(socket, id) {
    this.current = this.conversations.has(id) ? id : 0;
    this.sockets.set(socket, { open: this.current });
    this.tell(socket, this.conversations.get(id)?.snapshot() ?? { type: "snapshot", conversation: 0, stream: "new", seq: 0, turns: [] });
  }

  /** @param {import("ws").WebSocket} socket @param {Frame} frame */
  hello(socket, frame) {
    const asked = frame["resume"]?.conversation ?? frame["conversation"] ?? this.current;
    this.tell(socket, {
      type: "welcome", protocol: 1, visitor_token: frame["visitor_token"] ?? "fake.visitor", app: profile,
      conversation: asked, conversations: this.list(), now: Date.now() / 1000,
      limits: { ping_seconds: 25, file_bytes: 5_000_000, files: 4 },
    });
    if (frame["resume"] === undefined) { this.open(socket, asked); return; }
    this.resume(socket, frame["resume"]);
  }

  /** @param {import("ws").WebSocket} socket @param {Frame} resume */
  resume(socket, { conversation, stream, after }) {
    const one = this.conversations.get(conversation);
    const missed = one?.since(stream, after) ?? null;
    if (one === undefined || missed === null) { this.open(socket, conversation); return; }
    this.sockets.set(socket, { open: conversation });
    this.tell(socket, { type: "resumed", conversation, stream, after, seq: one.seq });
    for (const frame of missed) this.tell(socket, frame);
  }

  /** @param {import("ws").WebSocket} socket @param {Frame} frame */
  handle(socket, frame) {
    if (frame["type"] === "hello") { this.hello(socket, frame); return; }
    if (frame["type"] === "resume") { this.resume(socket, frame); return; }
    if (frame["type"] === "ping") { this.tell(socket, { type: "pong", t: frame["t"] }); return; }
    const known = this.acks.get(frame["id"]);
    if (known !== undefined) { this.tell(socket, { ...known, outcome: "duplicate" }); return; }
    const ack = { type: "ack", id: frame["id"], outcome: "done", ...this.command(socket, frame) };
    this.acks.set(frame["id"], ack);
    this.tell(socket, ack);
  }

  /** @param {import("ws").WebSocket} socket @param {Frame} frame @returns {Frame} what the ack adds */
  command(socket, frame) {
    const { type, query } = frame;
    if (type === "conversation.new") this.open(socket, 0);
    else if (type === "conversation.switch") this.open(socket, frame["conversation"]);
    else if (type === "conversation.list") this.tell(socket, { type: "conversations", id: frame["id"], items: this.list() });
    else if (type === "conversation.search") {
      const items = this.list().filter((item) => item.title.toLowerCase().includes(query.toLowerCase()));
      this.tell(socket, { type: "conversations", id: frame["id"], query, items });
    } else if (frame["conversation"] !== undefined) return this.act(socket, frame);
    return {};
  }

  /** @param {import("ws").WebSocket} socket @param {Frame} frame @returns {Frame} */
  act(socket, frame) {
    const one = this.conversations.get(frame["conversation"]) ?? this.create(socket, frame);
    const newest = one.turns.at(-1);
    const turn = one.turns.find((other) => other.turn === frame["turn"]) ?? newest;
    const id = frame["id"];
    const say = (/** @type {string} */ text) => this.turn(one, [{ type: "text", text }], id);
    /** @type {Record<string, () => Frame | void>} */
    const deeds = {
      send: () => this.turn(one, frame["parts"], id),
      example: () => say(profile.examples[frame["index"]]?.text ?? ""),
      choose: () => say(turn?.posts.at(-1)?.["body"].messages.at(-1).options[frame["index"]].value),
      retry: () => this.turn(one, turn?.posts[0]?.["body"].parts, id, turn?.turn),
      edit: () => this.turn(one, frame["parts"], id, turn?.turn),
      stop: () => turn && this.finish(one, turn.turn, "stopped"),
      undo: () => newest && one.state(newest.turn, "removed"),
      rate: () => one.rate(frame["turn"], { value: frame["value"], message: frame["message"] }),
    };
    const deed = deeds[frame["type"]] ?? (() => this.arrange(socket, one, frame));
    return deed() ?? {};
  }

  /** @param {import("ws").WebSocket} socket @param {Conversation} one @param {Frame} frame @returns {Frame} */
  arrange(socket, one, frame) {
    if (frame["type"] === "clear") {
      one.turns = [];
      one.emit({ type: "cleared" });
    } else if (frame["type"] === "settings.set") {
      const values = Object.entries({ ...one.settings, ...frame["values"] }).filter(([, value]) => value !== null);
      one.settings = Object.fromEntries(values);
      one.emit({ type: "settings", values: one.settings });
    } else if (frame["type"] === "conversation.rename") {
      one.title = frame["title"];
    } else if (frame["type"] === "conversation.delete") {
      this.conversations.delete(one.id);
      if (this.sockets.get(socket)?.open === one.id) this.open(socket, 0);
    }
    for (const other of this.sockets.keys()) this.tell(other, { type: "conversations", items: this.list() });
    return { conversation: one.id };
  }

  /** @param {import("ws").WebSocket} socket @param {Frame} frame */
  create(socket, frame) {
    const title = String(frame["parts"]?.[0]?.text ?? "New chat").slice(0, 40);
    const one = new Conversation(this.conversations.size + 1, title, (sent) => this.publish(sent));
    this.conversations.set(one.id, one);
    this.open(socket, one.id);
    for (const other of this.sockets.keys()) this.tell(other, { type: "conversations", items: this.list() });
    return one;
  }

  /** @param {Conversation} one @param {Frame[]} parts @param {string} id @param {number} [replaces] @returns {Frame} */
  turn(one, parts, id, replaces) {
    this.turns += 1;
    const turn = this.turns;
    const shown = parts.map((part) =>
      part["type"] === "media" && part["source"].upload !== undefined
        ? { ...part, source: { url: "media/pictures/0ea5e9-1e3a8a-sea.svg", size: 1 } }
        : part,
    );
    for (const older of one.turns) this.retire(one, older.turn);
    one.state(turn, "running", { started_at: Date.now() / 1000, ...(replaces === undefined ? {} : { replaces }) });
    one.create(turn, { post: `${turn}:user`, role: "user", body: { type: "message", role: "user", parts: shown }, client_id: id });
    const asked = parts.map((part) => part["text"] ?? "").join(" ");
    if (asked.includes("drop")) this.dropping.add(turn);
    this.step(one, turn, [null, ...script(asked)].slice(1), 0);
    return { outcome: "started", turn, conversation: one.id };
  }

  /** Takes the controls off a reply. @param {Conversation} one @param {number} turn */
  retire(one, turn) {
    const post = one.turns.find((other) => other.turn === turn)?.posts.find((other) => other["role"] === "assistant");
    if (post !== undefined) one.patch(turn, post["post"], [{ op: "set", path: ["controls"], value: ["edit", "rate"] }]);
  }

  /** @param {Conversation} one @param {number} turn @param {(Frame[] | null)[]} steps @param {number} at */
  step(one, turn, steps, at) {
    if (one.turns.find((other) => other.turn === turn)?.state !== "running") return;
    const patches = steps[at];
    if (patches === null) return;
    if (patches === undefined) { this.finish(one, turn, "final"); return; }
    if (at === 0) {
      const body = { type: "reply", messages: [{ type: "message", role: "assistant", parts: [] }] };
      one.create(turn, { post: `${turn}:reply`, role: "assistant", body });
    }
    one.patch(turn, `${turn}:reply`, patches);
    if (at === DROP_AFTER && this.dropping.delete(turn)) this.drop();
    if (patches.some((patch) => patch["value"] === "failed")) { this.finish(one, turn, "failed"); return; }
    setTimeout(() => this.step(one, turn, steps, at + 1), this.pause);
  }

  /** @param {Conversation} one @param {number} turn @param {string} state */
  finish(one, turn, state) {
    one.patch(turn, `${turn}:reply`, [
      { op: "set", path: ["state"], value: state },
      { op: "set", path: ["controls"], value: CONTROLS },
    ]);
    one.state(turn, state === "final" ? "delivered" : state);
  }
}

/** @param {import("node:http").ServerResponse} response @param {string} type @param {string | Buffer} body @param {number} [status] */
function send(response, type, body, status = 200) {
  response.writeHead(status, { "Content-Type": type });
  response.end(body);
}

/** @param {string} sky @param {string} ground @param {string} shape */
function drawn(sky, ground, shape) {
  const paths = /** @type {Record<string, string>} */ ({
    hill: "M0 420 Q200 220 400 380 T800 330 V600 H0z",
    sea: "M0 330 q50-30 100 0 t100 0 t100 0 t100 0 t100 0 t100 0 t100 0 t100 0 V600 H0z",
    sun: "M0 450 L800 380 V600 H0z",
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 600" width="800" height="600"><rect width="800" height="600" fill="#${sky}"/><circle cx="590" cy="190" r="80" fill="#fff" opacity=".85"/><path d="${paths[shape] ?? ""}" fill="#${ground}"/></svg>`;
}

const STRICT_PAGE =
  '<!doctype html><html lang="en"><title>Strict</title><main></main><script src="widget.js" data-placement="page"></script>';

/** A file of the built widget. @param {string} path */
async function built(path) {
  const name = path === "/widget.js" ? "widget.js" : path.replace(/^\/static\//, "");
  const type = /^[\w.-]+$/.test(name) ? TYPES.get(extname(name)) : undefined;
  if (type === undefined) return null;
  const there = await readdir(STATIC);
  // The libraries of plots lie zipped.
  const body = there.includes(`${name}.gz`) ? gunzipSync(await readFile(join(STATIC, `${name}.gz`))) : await readFile(join(STATIC, name));
  return { type, body };
}

/** All that a page has to allow the chat: see widget/README.md. @param {string} server */
function strictPolicy(server) {
  const socket = server.replace(/^http/, "ws");
  return `default-src 'none'; script-src ${server}; connect-src ${server} ${socket}; img-src ${server} data: blob:; media-src ${server}; frame-src ${server}`;
}

/** Half a second of 440 Hz. */
function tone() {
  const rate = 8000;
  const wave = Buffer.alloc(44 + rate);
  wave.write("RIFF", 0);
  wave.writeUInt32LE(36 + rate, 4);
  wave.write("WAVEfmt ", 8);
  wave.writeUInt32LE(16, 16);
  wave.writeUInt16LE(1, 20);
  wave.writeUInt16LE(1, 22);
  wave.writeUInt32LE(rate, 24);
  wave.writeUInt32LE(rate * 2, 28);
  wave.writeUInt16LE(2, 32);
  wave.writeUInt16LE(16, 34);
  wave.write("data", 36);
  wave.writeUInt32LE(rate, 40);
  for (let at = 0; at < rate / 2; at += 1) wave.writeInt16LE(Math.round(8000 * Math.sin((at * 2 * Math.PI * 440) / rate)), 44 + at * 2);
  return wave;
}
