import { beforeEach, describe, expect, it } from "vitest";
import { Client, type ClientOptions } from "../../src/connection/client";
import type { Welcome } from "../../src/protocol";
import { FakeEnvironment } from "../fakes/environment";
import { snapshot, welcome } from "../fakes/frames";

const OPTIONS: ClientOptions = { server: "https://bridge.example/", app: "", locale: "en", place: "here", context: {} };
const KEY = "trunkline:visitor:https://bridge.example/";

function signedIn(person: string, pass = `pass-of-${person}`): Welcome {
  return welcome({ visitor_token: pass, identity: { name: person, person } });
}

describe("Who the visitor is", () => {
  let environment: FakeEnvironment;
  let client: Client;

  beforeEach(() => {
    environment = new FakeEnvironment();
    client = new Client(OPTIONS, environment);
  });

  function come(first: Welcome, conversation = 7): void {
    client.open();
    environment.socket.accept();
    environment.socket.tell(first, snapshot(conversation));
  }

  function reload(options: Partial<ClientOptions> = {}): void {
    client.close();
    client = new Client({ ...OPTIONS, ...options }, environment);
  }

  it("tells a token that came before the connection in hello, and not again", () => {
    client.identify("jwt");
    come(signedIn("alice"));

    expect(environment.socket.sent).toMatchObject([{ type: "hello", identity_token: "jwt" }]);
  });

  it("tells a token that came between hello and welcome as soon as it can", () => {
    client.open();
    environment.socket.accept();
    client.identify("jwt");
    expect(environment.socket.frames("identify")).toEqual([]);
    environment.socket.tell(welcome(), snapshot(7));

    expect(environment.socket.frames("identify")).toMatchObject([{ token: "jwt" }]);
  });

  it("keeps nothing of a person in the browser", () => {
    come(welcome());
    expect(environment.visitorStore.get(KEY)).toBe("token");
    client.identify("jwt");
    environment.socket.tell(signedIn("alice"));

    expect(environment.visitorStore.get(KEY)).toBeNull();
    expect(client.visitorToken).toBe("pass-of-alice");
    reload();
    client.open();
    environment.socket.accept();
    expect(environment.socket.sent[0]).not.toHaveProperty("visitor_token");
  });

  it("drops what a person left unsent once the browser is somebody else's", () => {
    come(signedIn("alice"));
    environment.socket.break();
    client.send([{ type: "text", text: "mine" }]);
    client.typed = "half a secret";
    reload({ identity: "of bob" });
    expect(client.sketches.value).toHaveLength(1);
    come(signedIn("bob"));

    expect(client.sketches.value).toEqual([]);
    expect(client.typed).toBe("");
    expect(environment.socket.frames("send")).toEqual([]);
  });

  it("keeps what the same person left unsent", () => {
    come(signedIn("alice"));
    environment.socket.break();
    client.send([{ type: "text", text: "mine" }]);
    reload({ identity: "of alice" });
    come(signedIn("alice"));

    expect(environment.socket.frames("send")).toHaveLength(1);
  });

  it("keeps what was written when a sign-in runs out, until it is renewed", () => {
    client.identify("jwt");
    come(signedIn("alice"));
    client.typed = "a long letter";
    environment.socket.tell({ type: "error", code: "identity", message: "Your sign-in has expired." }, welcome(), snapshot(0));

    expect(client.typed).toBe("a long letter");
    expect(client.notice.value).toMatchObject({ code: "identity", text: "Your sign-in has expired." });
    client.identify("newer");
    expect(environment.socket.frames("identify").at(-1)).toMatchObject({ token: "newer" });
    environment.socket.tell(signedIn("alice"), snapshot(7));
    expect(client.typed).toBe("a long letter");
  });

  it("brings a refused token only once", () => {
    client.identify("forged");
    come(welcome());
    environment.socket.tell({ type: "error", code: "identity", message: "It could not be verified." });
    environment.socket.break();
    environment.advance(60_000);
    environment.socket.accept();

    expect(environment.socket.sent[0]).not.toHaveProperty("identity_token");
  });

  it("forgets a person who logs out", () => {
    client.identify("jwt");
    come(signedIn("alice"));
    client.typed = "a secret";
    client.identify(null);
    expect(environment.socket.frames("identify").at(-1)).toMatchObject({ token: null });
    environment.socket.tell(welcome({ visitor_token: "fresh" }), snapshot(0));

    expect(environment.visitorStore.get(KEY)).toBe("fresh");
    expect(client.visitorToken).toBe("fresh");
    expect(client.typed).toBe("");
  });
});
