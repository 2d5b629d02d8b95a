import { beforeEach, describe, expect, it } from "vitest";
import { Client } from "../../src/connection/client";
import type { TurnState } from "../../src/protocol";
import { translator } from "../../src/strings";
import { asJson, asMarkdown, wholeConversation, type Transcript } from "../../src/view/transcript";
import { LATE } from "../../src/locales/en";
import { FakeEnvironment } from "../fakes/environment";
import { snapshot, welcome } from "../fakes/frames";

const t = translator("en", LATE);

function turn(number: number, said = `said ${number}`): TurnState {
  const body = { type: "message", role: "user", parts: [{ type: "text", text: said }] } as const;
  return { turn: number, state: "delivered", posts: [{ post: `u${number}`, role: "user", body, at: 0 }] };
}

function transcript(turns: readonly TurnState[]): Transcript {
  return { title: "A talk", greeting: [], turns, resolve: (url) => new URL(url, "https://bridge.example/").href };
}

describe("a transcript", () => {
  const answer: TurnState = {
    turn: 2,
    state: "delivered",
    posts: [
      {
        post: "r2",
        role: "assistant",
        body: {
          type: "reply",
          error: "It broke.",
          messages: [
            {
              type: "message",
              role: "assistant",
              parts: [
                { type: "thought", title: "Hm", parts: [{ type: "text", text: "one\ntwo" }] },
                { type: "text", text: "An **answer**" },
                { type: "media", kind: "image", name: "a.png", alt: "a cat", source: { url: "media/a.png?sig=1" } },
                { type: "artifact", kind: "code", label: "Code", language: "md", value: "```\nx\n```" },
              ],
            },
          ],
        },
      },
      { post: "d", role: "system", body: { type: "divider", text: "Cleared" } },
    ],
  };

  it("reads well as Markdown", () => {
    const text = asMarkdown(transcript([turn(1), answer]), t);

    expect(text).toMatch(/^# A talk\n\n\*\*You\*\* · .*1970.*\n\nsaid 1\n\n\*\*Reply\*\*\n\n/);
    expect(text).toContain("> **Hm**\n> one\n> two\n\nAn **answer**");
    expect(text).toContain("![a cat](https://bridge.example/media/a.png?sig=1)");
    expect(text).toContain("**Code**\n\n````md\n```\nx\n```\n````");
    expect(text).toContain("> It broke.");
    expect(text).toMatch(/---\n\nCleared\n$/);
  });

  it("holds everything as JSON, with whole addresses", () => {
    const read = JSON.parse(asJson(transcript([turn(1), answer]))) as { title: string; turns: TurnState[] };

    expect(read.title).toBe("A talk");
    expect(read.turns).toHaveLength(2);
    expect(JSON.stringify(read)).toContain("https://bridge.example/media/a.png?sig=1");
  });
});

describe("the whole conversation", () => {
  let environment: FakeEnvironment;
  let client: Client;

  beforeEach(() => {
    environment = new FakeEnvironment();
    client = new Client({ server: "https://bridge.example/", app: "", locale: "en", place: "", context: {} }, environment);
    client.open();
    environment.socket.accept();
    environment.socket.tell(welcome(), { ...snapshot(7, 1), turns: [turn(5), turn(6)], more: true });
  });

  it("is what is shown and every page before it", async () => {
    const whole = wholeConversation(client);
    for (const [number, more] of [[3, true], [1, false]] as const) {
      await Promise.resolve();
      const { id, before } = environment.socket.frames("history.get").at(-1)!;
      expect(before).toBe(number + 2);
      environment.socket.tell({ type: "history", id, conversation: 7, turns: [turn(number), turn(number + 1)], more });
    }

    expect((await whole)?.map((one) => one.turn)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(client.thread.order.value).toEqual([5, 6]);
  });

  it("is not there when the connection goes", async () => {
    const whole = wholeConversation(client);
    environment.socket.break();

    expect(await whole).toBeNull();
  });
});
