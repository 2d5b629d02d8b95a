import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Client } from "../../src/connection/client";
import type { ServerFrame } from "../../src/protocol";
import { FakeEnvironment } from "../fakes/environment";
import { snapshot, welcome } from "../fakes/frames";

const EXAMPLES = join(import.meta.dirname, "../../../bridges/trunkline_bridges/web/protocol/examples");
const frames = readdirSync(EXAMPLES)
  .filter((name) => name.startsWith("server."))
  .map((name): [string, ServerFrame] => [name, JSON.parse(readFileSync(join(EXAMPLES, name), "utf8")) as ServerFrame]);

function online(): { client: Client; environment: FakeEnvironment } {
  const environment = new FakeEnvironment();
  const client = new Client({ server: "https://bridge.example/", app: "", locale: "en", place: "", context: {} }, environment);
  client.open();
  environment.socket.accept();
  environment.socket.tell(welcome(), snapshot(0));
  return { client, environment };
}

describe("the examples of the protocol", () => {
  it.each(frames)("%s can be received", (_name, frame) => {
    const { client, environment } = online();

    expect(() => environment.socket.tell(frame)).not.toThrow();
    expect(client.link.value).toBe("online");
  });

  it("apply one after the other, from the snapshot on", () => {
    const { client, environment } = online();
    const streamed = frames
      .map(([, frame]) => frame)
      .filter((frame) => "seq" in frame && frame.type !== "snapshot" && frame.type !== "resumed" && frame.seq! > 118)
      .sort((a, b) => ("seq" in a && "seq" in b ? a.seq! - b.seq! : 0));
    const whole = frames.find(([name]) => name === "server.snapshot.json")?.[1];
    environment.socket.tell(whole!, ...streamed);

    expect(streamed.length).toBeGreaterThan(8);
    expect(environment.socket.frames("resume")).toHaveLength(0);
    expect(client.thread.seq).toBe(128);
    expect(client.thread.head.value.settings).toEqual({ temperature: 0.2 });
  });

  it("of a later version change nothing", () => {
    const { client, environment } = online();

    environment.socket.tell({ type: "hologram", conversation: 0 } as unknown as ServerFrame);

    expect(client.thread.conversation).toBe(0);
    expect(environment.socket.frames("resume")).toHaveLength(0);
  });
});
