import { describe, expect, it } from "vitest";
import type { Command } from "../../src/protocol";
import { Outbox } from "../../src/connection/outbox";
import { FakeStore } from "../fakes/environment";

function send(id: string, conversation: number): Command {
  return { type: "send", id, conversation, parts: [{ type: "text", text: id }] };
}

function ids(commands: readonly Command[]): string[] {
  return commands.map((command) => command.id);
}

describe("Outbox", () => {
  it("gives each command once per connection, and all again after a rewind", () => {
    const outbox = new Outbox(new FakeStore(), "key");
    outbox.add({ command: send("a", 7), draft: 0 });
    outbox.add({ command: send("b", 7), draft: 0 });

    expect(ids(outbox.take())).toEqual(["a", "b"]);
    expect(outbox.take()).toEqual([]);
    outbox.settle("a");
    outbox.rewind();
    expect(ids(outbox.take())).toEqual(["b"]);
  });

  it("holds what follows the first message to a new conversation back until it has a number", () => {
    const outbox = new Outbox(new FakeStore(), "key");
    outbox.add({ command: send("a", 0), draft: 1 });
    outbox.add({ command: send("b", 0), draft: 1 });
    outbox.add({ command: send("c", 0), draft: 2 });
    outbox.add({ command: send("d", 7), draft: 2 });

    expect(ids(outbox.take())).toEqual(["a", "c", "d"]);
    outbox.settle("a", 9);
    const next = outbox.take();
    expect(next).toEqual([send("b", 9)]);
    expect(outbox.entries.find((entry) => entry.command.id === "c")?.command).toEqual(send("c", 0));
  });

  it("survives a reload of the window", () => {
    const store = new FakeStore();
    new Outbox(store, "key").add({ command: send("a", 7), draft: 3 });

    const again = new Outbox(store, "key");

    expect(again.entries).toEqual([{ command: send("a", 7), draft: 3 }]);
    again.settle("a");
    expect(store.values.size).toBe(0);
  });

  it("sends one again on request, and forgets all", () => {
    const outbox = new Outbox(new FakeStore(), "key");
    outbox.add({ command: send("a", 7), draft: 0 });
    outbox.take();

    outbox.resend("a");
    expect(ids(outbox.take())).toEqual(["a"]);
    outbox.clear();
    outbox.rewind();
    expect(outbox.take()).toEqual([]);
  });
});
