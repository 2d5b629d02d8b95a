import { beforeEach, describe, expect, it } from "vitest";
import type { StreamFrame, TurnState } from "../../src/protocol";
import { Thread } from "../../src/state/thread";
import { post, reply, said, snapshot } from "../fakes/frames";

const HERE = { conversation: 7 } as const;

function turnState(turn: number, text: string): TurnState {
  return { turn, state: "delivered", posts: [post(`${turn}:user`, said(text)), post(`${turn}:reply`, reply(text))] };
}

function texts(thread: Thread): string[] {
  return thread.order.value.map((turn) => JSON.stringify(thread.turn(turn)?.value.posts.at(-1)?.body));
}

describe("Thread", () => {
  let thread: Thread;

  beforeEach(() => {
    thread = new Thread();
    thread.reset(snapshot(7, 10, [turnState(1, "one"), turnState(2, "two")]));
  });

  it("shows what a snapshot holds, and nothing of the one before", () => {
    thread.reset(snapshot(8, 3, [turnState(5, "five")]));

    expect(thread.conversation).toBe(8);
    expect(thread.order.value).toEqual([5]);
    expect(thread.turn(1)).toBeUndefined();
    expect(thread.seq).toBe(3);
  });

  it("applies a turn as it is streamed", () => {
    const frames: StreamFrame[] = [
      { type: "turn", ...HERE, seq: 11, turn: 3, state: "running", started_at: 5 },
      { type: "post.create", ...HERE, seq: 12, turn: 3, ...post("3:user", said("three"), { client_id: "id-1" }) },
      { type: "post.create", ...HERE, seq: 13, turn: 3, ...post("3:reply", reply("Thr")) },
      {
        type: "post.patch",
        ...HERE,
        seq: 14,
        post: "3:reply",
        patches: [{ op: "append", path: ["messages", 0, "parts", 0, "text"], value: "ee" }],
      },
      { type: "turn", ...HERE, seq: 15, turn: 3, state: "delivered" },
      { type: "rating", ...HERE, seq: 16, turn: 3, message: 0, value: "Like" },
    ];

    expect(frames.map((frame) => thread.apply(frame))).toEqual(frames.map(() => "applied"));
    expect(thread.shows("id-1")).toBe(true);
    expect(thread.turn(3)?.value).toEqual({
      turn: 3,
      state: "delivered",
      posts: [post("3:user", said("three"), { client_id: "id-1" }), post("3:reply", reply("Three"))],
      ratings: [{ message: 0, of_user: false, value: "Like" }],
    });
  });

  it("drops what it has seen and does not apply beyond a gap", () => {
    const cleared = (seq: number): StreamFrame => ({ type: "cleared", ...HERE, seq });

    expect(thread.apply(cleared(10))).toBe("duplicate");
    expect(thread.apply(cleared(12))).toBe("gap");
    expect(thread.order.value).toEqual([1, 2]);
    expect(thread.apply(cleared(11))).toBe("applied");
    expect(thread.order.value).toEqual([]);
  });

  it("has nothing older to show once everything was cleared", () => {
    thread.keepNewest(1);
    expect(thread.head.value.more).toBe(true);
    thread.apply({ type: "cleared", ...HERE, seq: 11 });

    expect(thread.head.value.more).toBe(false);
  });

  it("ignores frames of another conversation", () => {
    expect(thread.apply({ type: "cleared", conversation: 8, seq: 11 })).toBe("foreign");
    expect(thread.order.value).toEqual([1, 2]);
  });

  it("asks for a resume when a patch does not fit, and stays where it was", () => {
    const before = texts(thread);
    const frame: StreamFrame = {
      type: "post.patch",
      ...HERE,
      seq: 11,
      post: "2:reply",
      patches: [{ op: "append", path: ["messages", 4], value: "x" }],
    };

    expect(thread.apply(frame)).toBe("mismatch");
    expect(thread.apply({ ...frame, post: "nowhere" })).toBe("mismatch");
    expect(texts(thread)).toEqual(before);
    expect(thread.seq).toBe(10);
  });

  it("puts a replacing turn in the place of the old one and all after it", () => {
    thread.apply({ type: "turn", ...HERE, seq: 11, turn: 3, state: "running", replaces: 1 });

    expect(thread.order.value).toEqual([3]);
    expect(thread.running.value).toBe(3);
  });

  it("keeps turns in their order, whichever is told of first", () => {
    thread.reset(snapshot(7, 10, [turnState(1, "one"), turnState(5, "five")]));

    thread.apply({ type: "turn", ...HERE, seq: 11, turn: 3, state: "received", queue: { rank: 1 } });

    expect(thread.order.value).toEqual([1, 3, 5]);
  });

  it("removes a turn, replaces and deletes posts", () => {
    thread.apply({ type: "turn", ...HERE, seq: 11, turn: 2, state: "removed" });
    thread.apply({ type: "post.replace", ...HERE, seq: 12, post: "1:reply", body: reply("anew") });
    thread.apply({ type: "post.delete", ...HERE, seq: 13, post: "1:user" });

    expect(thread.order.value).toEqual([1]);
    expect(thread.turn(1)?.value.posts).toEqual([post("1:reply", reply("anew"))]);
  });

  it("knows the oldest turn that runs or waits", () => {
    const seen: (number | null)[] = [];
    thread.running.subscribe((turn) => seen.push(turn));

    thread.apply({ type: "turn", ...HERE, seq: 11, turn: 3, state: "running" });
    thread.apply({ type: "turn", ...HERE, seq: 12, turn: 4, state: "received" });
    thread.apply({ type: "turn", ...HERE, seq: 13, turn: 3, state: "stopped" });
    thread.apply({ type: "turn", ...HERE, seq: 14, turn: 4, state: "failed", error: "No." });

    expect(seen).toEqual([3, 4, null]);
  });

  it("tells only the readers of the turn that changed", () => {
    const redrawn: number[] = [];
    for (const turn of [1, 2]) thread.turn(turn)?.subscribe(() => redrawn.push(turn));
    thread.order.subscribe(() => redrawn.push(-1));
    thread.head.subscribe(() => redrawn.push(-2));

    thread.apply({
      type: "post.patch",
      ...HERE,
      seq: 11,
      post: "2:reply",
      patches: [{ op: "append", path: ["messages", 0, "parts", 0, "text"], value: "!" }],
    });

    expect(redrawn).toEqual([2]);
  });

  it("puts older turns before the others, once", () => {
    thread.reset(snapshot(7, 10, [turnState(5, "five")]));

    thread.prepend([turnState(3, "three"), turnState(4, "four"), turnState(5, "five")], true);

    expect(thread.order.value).toEqual([3, 4, 5]);
    expect(thread.head.value.more).toBe(true);
  });

  it("lets go of old turns, and heeds nothing that is told of them until they are back", () => {
    thread.apply({ type: "turn", ...HERE, seq: 11, turn: 3, state: "running" });
    thread.keepNewest(2);
    expect(thread.order.value).toEqual([2, 3]);
    expect(thread.head.value.more).toBe(true);
    expect(thread.running.value).toBe(3);

    const frames: StreamFrame[] = [
      { type: "rating", ...HERE, seq: 12, turn: 1, message: 0, value: "Like" },
      { type: "post.replace", ...HERE, seq: 13, post: "1:reply", body: reply("other") },
      { type: "turn", ...HERE, seq: 14, turn: 1, state: "delivered" },
      { type: "post.create", ...HERE, seq: 15, turn: 1, ...post("1:more", reply("more")) },
      { type: "post.delete", ...HERE, seq: 16, post: "1:reply" },
    ];
    expect(frames.map((frame) => thread.apply(frame))).toEqual(frames.map(() => "applied"));
    expect(thread.order.value).toEqual([2, 3]);

    thread.prepend([turnState(1, "one")], false);
    expect(thread.order.value).toEqual([1, 2, 3]);
    expect(thread.apply({ type: "rating", ...HERE, seq: 17, turn: 1, message: 0, value: "Like" })).toBe("applied");
    expect(thread.turn(1)?.value.ratings).toHaveLength(1);
  });

  it("lets go of nothing when there is little", () => {
    thread.keepNewest(2);
    expect(thread.order.value).toEqual([1, 2]);
    expect(thread.head.value.more).toBe(false);
  });

  it("takes a rating back", () => {
    thread.apply({ type: "rating", ...HERE, seq: 11, turn: 1, value: "Like" });
    thread.apply({ type: "rating", ...HERE, seq: 12, turn: 1, value: "" });

    expect(thread.turn(1)?.value.ratings).toEqual([]);
  });

  it("takes settings with and without a sequence number", () => {
    expect(thread.apply({ type: "settings", ...HERE, values: { a: 1 } })).toBe("applied");
    expect(thread.seq).toBe(10);
    expect(thread.apply({ type: "settings", ...HERE, seq: 11, values: { a: 2 } })).toBe("applied");
    expect(thread.head.value.settings).toEqual({ a: 2 });
    expect(thread.seq).toBe(11);
  });
});
