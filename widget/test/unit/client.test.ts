import { beforeEach, describe, expect, it } from "vitest";
import { Client } from "../../src/connection/client";
import type { ConversationItem, Notice } from "../../src/protocol";
import { FakeEnvironment } from "../fakes/environment";
import { post, reply, said, snapshot, welcome } from "../fakes/frames";

const OPTIONS = { server: "https://bridge.example/chat/", app: "", locale: "en", place: "here", context: {} };

function text(words: string): { type: "text"; text: string } {
  return { type: "text", text: words };
}

describe("Client", () => {
  let environment: FakeEnvironment;
  let client: Client;

  beforeEach(() => {
    environment = new FakeEnvironment();
    client = new Client(OPTIONS, environment);
  });

  function online(conversation = 7, seq = 10): void {
    client.open();
    environment.socket.accept();
    environment.socket.tell(welcome(), snapshot(conversation, seq));
  }

  it("says hello first, below the server's path, without a token it was not given", () => {
    client.open();
    environment.socket.accept();

    expect(environment.socket.url).toBe("wss://bridge.example/chat/ws");
    expect(environment.socket.sent).toEqual([{ type: "hello", protocol: 1, app: "", locale: "en" }]);
  });

  it("keeps the visitor's token for later visits, out of every address", () => {
    online();
    const later = new Client(OPTIONS, environment);
    later.open();
    environment.socket.accept();

    expect(environment.socket.sent[0]).toMatchObject({ visitor_token: "token" });
    expect(environment.socket.url).not.toContain("token");
  });

  it("shows a message at once and the server's own in its place", () => {
    online();
    client.send([text("hello")]);
    const [sent] = environment.socket.frames("send");
    expect(client.sketches.value).toMatchObject([{ id: sent?.id, text: "hello", conversation: 7 }]);

    environment.socket.tell(
      { type: "ack", id: sent!.id, outcome: "started", turn: 1, conversation: 7 },
      { type: "turn", conversation: 7, seq: 11, turn: 1, state: "running" },
      { type: "post.create", conversation: 7, seq: 12, turn: 1, ...post("u", said("hello"), { client_id: sent!.id }) },
    );

    expect(client.sketches.value).toEqual([]);
    expect(client.thread.newest?.posts).toHaveLength(1);
  });

  it("sends what was written offline when it is online, in order and under the same ids", () => {
    client.open();
    client.send([text("one")]);
    client.send([text("two")]);
    environment.socket.accept();
    environment.socket.tell(welcome({ conversation: 7 }), snapshot(7));
    const first = environment.socket.frames("send");
    expect(first.map((frame) => frame.conversation)).toEqual([0]);

    environment.socket.tell(snapshot(8), { type: "ack", id: first[0]!.id, outcome: "started", turn: 1, conversation: 8 });
    expect(environment.socket.frames("send").map((frame) => frame.conversation)).toEqual([0, 8]);
  });

  it("sends unacknowledged commands again after a reconnect, and acknowledged ones never", () => {
    online();
    client.send([text("one")]);
    client.send([text("two")]);
    const [one, two] = environment.socket.frames("send");
    environment.socket.tell({ type: "ack", id: one!.id, outcome: "started", turn: 1, conversation: 7 });

    environment.socket.break();
    environment.advance(1000);
    environment.socket.accept();
    environment.socket.tell(welcome());

    expect(environment.socket.frames("send")).toEqual([two]);
  });

  it("resumes from the last frame it saw", () => {
    online(7, 10);
    environment.socket.tell({ type: "turn", conversation: 7, seq: 11, turn: 1, state: "running" });
    environment.socket.break();
    environment.advance(1000);
    environment.socket.accept();

    expect(environment.socket.sent[0]).toMatchObject({ resume: { conversation: 7, stream: "stream-7", after: 11 } });
    environment.socket.tell(
      welcome(),
      { type: "resumed", conversation: 7, stream: "stream-7", after: 11, seq: 12 },
      { type: "turn", conversation: 7, seq: 12, turn: 1, state: "stopped" },
    );
    expect(client.thread.newest?.state).toBe("stopped");
  });

  it("asks for what is missing, once, and drops what comes before the answer", () => {
    online(7, 10);
    environment.socket.tell(
      { type: "turn", conversation: 7, seq: 13, turn: 1, state: "running" },
      { type: "turn", conversation: 7, seq: 14, turn: 1, state: "stopped" },
    );

    expect(environment.socket.frames("resume")).toEqual([
      { type: "resume", conversation: 7, stream: "stream-7", after: 10 },
    ]);
    expect(client.thread.newest).toBeUndefined();
    environment.socket.tell(snapshot(7, 14, [{ turn: 1, state: "stopped", posts: [] }]));
    environment.socket.tell({ type: "cleared", conversation: 7, seq: 15 });
    expect(client.thread.seq).toBe(15);
  });

  it("asks for everything when a patch does not fit", () => {
    online(7, 10);
    environment.socket.tell({ type: "post.replace", conversation: 7, seq: 11, post: "nowhere", body: reply("x") });

    expect(environment.socket.frames("resume")).toEqual([
      { type: "resume", conversation: 7, stream: "stream-7", after: 0 },
    ]);
  });

  it("comes back with growing, jittered pauses", () => {
    client.open();
    const opened: number[] = [];
    for (let attempt = 0; attempt < 4; attempt += 1) {
      environment.socket.break();
      const before = environment.sockets.length;
      while (environment.sockets.length === before) environment.advance(1);
      opened.push(environment.now);
    }

    expect(opened.map((at, index) => at - (opened[index - 1] ?? 0))).toEqual([375, 750, 1500, 3000]);
  });

  it("does not come back where it is not welcome", () => {
    online();
    environment.socket.break(4403);
    environment.advance(120_000);

    expect(client.link.value).toBe("refused");
    expect(environment.sockets).toHaveLength(1);
  });

  it("drops a token that the server refuses", () => {
    online();
    environment.socket.break(4401);
    environment.advance(1000);
    environment.socket.accept();

    expect(environment.socket.sent[0]).not.toHaveProperty("visitor_token");
  });

  it("keeps a younger token, which another window brought, when its own is refused", () => {
    online();
    environment.visitorStore.set("trunkline:visitor:https://bridge.example/chat/", "younger");
    environment.socket.break(4401);
    environment.advance(1000);
    environment.socket.accept();

    expect(environment.socket.sent[0]).toHaveProperty("visitor_token", "younger");
  });

  it("pings into silence and gives a dead connection up", () => {
    online();
    environment.advance(25_000);
    expect(environment.socket.frames("ping")).toHaveLength(1);
    environment.socket.tell({ type: "pong", t: 0 });
    environment.advance(25_000);
    expect(environment.socket.frames("ping")).toHaveLength(2);
    environment.advance(10_000);

    expect(environment.sockets[0]?.closed).toBe(true);
    expect(client.link.value).toBe("offline");
  });

  it("gives up a server that does not answer the hello", () => {
    client.open();
    environment.socket.accept();
    environment.advance(10_000);

    expect(client.link.value).toBe("offline");
  });

  it("connects at once when the page wakes up", () => {
    online();
    environment.socket.break();
    client.wake();

    expect(environment.sockets).toHaveLength(2);
  });

  it("gives a refused message back with the reason", () => {
    online();
    client.send([text("too long")]);
    const [sent] = environment.socket.frames("send");
    environment.socket.tell({ type: "error", code: "too_large", message: "Shorten it.", id: sent!.id });

    expect(client.returned.value).toEqual({ text: "too long", files: [], reason: "Shorten it." });
    expect(client.sketches.value).toEqual([]);
    client.send([text("denied")]);
    environment.socket.tell({ type: "ack", id: environment.socket.frames("send")[1]!.id, outcome: "denied", text: "No." });
    expect(client.returned.value).toEqual({ text: "too long\ndenied", files: [], reason: "No." });
  });

  it("waits as long as the server asks, and keeps the message meanwhile", () => {
    online();
    client.send([text("fast")]);
    const [sent] = environment.socket.frames("send");
    environment.socket.tell({ type: "error", code: "rate", message: "Wait.", id: sent!.id, retry_after: 5 });
    expect(client.sketches.value).toHaveLength(1);
    environment.advance(4999);
    expect(environment.socket.frames("send")).toHaveLength(1);
    environment.advance(1);

    expect(environment.socket.frames("send")).toEqual([sent, sent]);
  });

  it("keeps what was not sent over a reload", () => {
    client.open();
    client.send([text("before")]);
    client.close();
    const reloaded = new Client(OPTIONS, environment);

    expect(reloaded.sketches.value).toMatchObject([{ text: "before" }]);
    reloaded.open();
    environment.socket.accept();
    environment.socket.tell(welcome());
    expect(environment.socket.frames("send")).toHaveLength(1);
  });

  it("leaves for a new conversation at once, and for another when it is told of it", () => {
    online();
    client.newConversation();
    expect(client.thread.conversation).toBe(0);
    expect(environment.socket.frames("conversation.new")).toHaveLength(1);
    client.switchTo(5);
    expect(client.loading.value).toBe(true);
    environment.socket.tell(snapshot(5, 2));

    expect(client.loading.value).toBe(false);
    expect(client.thread.seq).toBe(2);
  });

  it("opens the chosen conversation when it was chosen offline", () => {
    online();
    environment.socket.break();
    client.switchTo(5);
    environment.advance(1000);
    environment.socket.accept();

    expect(environment.socket.sent[0]).toMatchObject({ conversation: 5 });
  });

  it("shows notices and errors that belong to no command", () => {
    online();
    const seen: (Notice | null)[] = [];
    client.notice.subscribe((notice) => seen.push(notice));
    environment.socket.tell(
      { type: "notice", notice: { type: "notice", level: "info", text: "Hello." } },
      { type: "error", code: "internal", message: "Broken." },
    );

    expect(seen.map((notice) => notice?.text)).toEqual(["Hello.", "Broken."]);
  });

  it("tells the server again who the visitor is after a reconnect", () => {
    online();
    client.identify("jwt");
    client.setContext({ page: "/a" });
    environment.socket.break();
    environment.advance(1000);
    environment.socket.accept();

    expect(environment.socket.sent[0]).toMatchObject({ identity_token: "jwt", context: { page: "/a" } });
  });

  it("ignores a socket that it has given up", () => {
    online();
    const old = environment.socket;
    old.break();
    environment.advance(1000);
    old.tell(snapshot(99));
    old.break();

    expect(client.thread.conversation).toBe(7);
    expect(environment.sockets).toHaveLength(2);
  });

  it("lets the windows of a new visitor say hello one after another", () => {
    const other = new Client({ ...OPTIONS, place: "there" }, environment);
    client.open();
    other.open();
    expect(environment.sockets).toHaveLength(1);
    environment.socket.accept();
    environment.socket.tell(welcome());

    expect(environment.sockets).toHaveLength(2);
    environment.socket.accept();
    expect(environment.socket.sent[0]).toMatchObject({ visitor_token: "token" });
  });

  it("lets the next window connect when the first is closed", () => {
    const other = new Client({ ...OPTIONS, place: "there" }, environment);
    client.open();
    other.open();
    client.close();

    expect(environment.sockets).toHaveLength(2);
  });

  it("gives a message back that is larger than the server takes, with its files", () => {
    client.open();
    const file = { type: "media", kind: "file", name: "a.txt", source: { upload: "u" } } as const;
    client.send([text("é".repeat(600)), file]);
    client.send([text("small")]);
    environment.socket.accept();
    environment.socket.tell({ ...welcome(), limits: { frame_bytes: 1024 } }, snapshot(7, 1));

    expect(client.returned.value).toEqual({ text: "é".repeat(600), files: [file], reason: "" });
    expect(environment.socket.frames("send")).toMatchObject([{ parts: [text("small")] }]);
    expect(client.sketches.value).toHaveLength(1);
  });

  it("gives the words of a refused edit back", () => {
    online();
    client.command({ type: "edit", conversation: 7, turn: 3, parts: [text("changed")] });
    const [edit] = environment.socket.frames("edit");
    environment.socket.tell({ type: "error", code: "bad_frame", message: "No.", id: edit!.id });

    expect(client.returned.value).toEqual({ text: "changed", files: [], reason: "No." });
  });

  it("brings older turns to who asked for them, and nothing when the connection goes", async () => {
    online();
    const answered = client.history(5, 50);
    const lost = client.history(4, 50);
    const [question] = environment.socket.frames("history.get");
    const history = { type: "history", id: question!.id, conversation: 7, turns: [], more: true } as const;
    environment.socket.tell(history, history);
    environment.socket.break();

    expect(await answered).toEqual(history);
    expect(await lost).toBeNull();
    expect(await client.history(3, 50)).toBeNull();
    environment.advance(30_000);
    environment.socket.accept();
    environment.socket.tell(welcome(), snapshot(7, 10));
    const refused = client.history(2, 50);
    const [second] = environment.socket.frames("history.get");
    environment.socket.tell({ type: "error", code: "rate", message: "Wait.", id: second!.id });
    expect(await refused).toBeNull();
  });

  it("adds pages of older titles, and keeps them when the newest change", () => {
    const titles = (from: number, to: number): ConversationItem[] =>
      Array.from({ length: from - to + 1 }, (_, index) => from - index).map((number) => ({
        conversation: number,
        title: `Chat ${number}`,
        updated_at: number,
      }));
    client.open();
    environment.socket.accept();
    environment.socket.tell({ ...welcome(), conversations: titles(60, 11) }, snapshot(7, 1));
    expect(client.moreTitles.value).toBe(true);
    client.moreConversations();
    const [question] = environment.socket.frames("conversation.list");
    expect(question).toMatchObject({ before: 11, before_conversation: 11 });
    environment.socket.tell({ type: "conversations", id: question!.id, items: titles(10, 3), more: false });
    const moved = { conversation: 5, title: "Chat 5", updated_at: 61 };
    environment.socket.tell({ type: "conversations", items: [moved, ...titles(60, 12)] });

    const shown = client.conversations.value.map((item) => item.conversation);
    expect(shown).toEqual([5, ...titles(60, 3).map((item) => item.conversation).filter((number) => number !== 5)]);
    expect(client.moreTitles.value).toBe(false);
    const id = client.command({ type: "conversation.delete", conversation: 4 });
    environment.socket.tell({ type: "ack", id, outcome: "done" });
    expect(client.conversations.value.map((item) => item.conversation)).not.toContain(4);
  });
});
