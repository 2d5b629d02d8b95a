import { describe, expect, it } from "vitest";
import { DeviceUnavailable, type DeviceTrouble } from "../../src/capture/device";
import type { ServerFrame } from "../../src/protocol";
import type { Called, CallState, Voice } from "../../src/protocol_voice";
import type { Audio, AudioEvents, OpenAudio, Rates } from "../../src/voice/audio";
import { Call } from "../../src/voice/call";
import { ALL } from "../../src/voice/play_queue";
import { fakeChat } from "../fakes/chat";
import { snapshot, welcome } from "../fakes/frames";

Object.defineProperty(globalThis, "navigator", { value: { mediaDevices: {} }, configurable: true });
Object.defineProperty(globalThis, "document", { value: {}, configurable: true });

class FakeAudio implements Audio {
  readonly levels = { input: 0, output: 0 };
  device = "one";
  readonly did: unknown[] = [];
  trouble: DeviceTrouble | null = null;

  constructor(readonly rates: Rates, readonly events: AudioEvents) {}

  play(track: number, pcm: Int16Array, last: boolean): void {
    this.did.push(["play", track, pcm.length, last]);
  }
  flush(track: number): void {
    this.did.push(["flush", track]);
  }
  allow(track: number): void {
    this.did.push(["allow", track]);
  }
  mute(on: boolean): void {
    this.did.push(["mute", on]);
  }
  resume(): Promise<void> {
    return this.#fail();
  }
  choose(device: string): Promise<void> {
    this.device = device;
    return this.#fail();
  }
  close(): void {
    this.did.push(["close"]);
  }
  #fail(): Promise<void> {
    return this.trouble === null ? Promise.resolve() : Promise.reject(new DeviceUnavailable(this.trouble));
  }
}

const VOICE = { input: true, output: true, input_rate: 16_000, output_rate: 24_000 };

function reply(call: number, track: number, samples: number): ArrayBuffer {
  const frame = new DataView(new ArrayBuffer(16 + 2 * samples));
  [1, 2, 0, 0].forEach((byte, at) => frame.setUint8(at, byte));
  frame.setUint32(4, call, true);
  frame.setUint32(8, track, true);
  return frame.buffer;
}

async function scene(trouble: DeviceTrouble | null = null, voice: Voice = VOICE) {
  const { client, environment } = fakeChat();
  client.open();
  environment.socket.accept();
  environment.socket.tell(welcome({ voice }), snapshot(0));
  const made: FakeAudio[] = [];
  const refusal = { trouble };
  const open: OpenAudio = (rates, events) => {
    if (refusal.trouble !== null) return Promise.reject(new DeviceUnavailable(refusal.trouble));
    made.push(new FakeAudio(rates, events));
    return Promise.resolve(made.at(-1)!);
  };
  const call = new Call(client, open, (ms, task) => environment.after(ms, task));
  await call.start();
  const tell = (...frames: ServerFrame[]): void => environment.socket.tell(...frames);
  const state = (name: CallState, more: Partial<Called & { type: "call" }> = {}): void =>
    tell({ type: "call", call: 3, conversation: 7, state: name, ...more });
  const began = (name: CallState = "listening"): void => {
    tell(snapshot(7));
    state(name);
  };
  return { client, environment, call, made, refusal, tell, state, began, audio: () => made.at(-1)!, socket: () => environment.socket };
}

describe("a call", () => {
  it("opens the microphone and then calls the server", async () => {
    const { audio, socket, call, began } = await scene();

    expect(audio().rates).toEqual({ input: 16_000, output: 24_000 });
    expect(socket().frames("call.start")).toMatchObject([{ conversation: 0, codec: "pcm_s16le", input_rate: 16_000 }]);
    expect(call.phase.value).toBe("connecting");
    began();
    expect(call.phase.value).toBe("listening");
  });

  it("is tuned, now and in later calls of its conversation", async () => {
    const { call, socket, began, client, environment } = await scene();
    const told = (): object[] => socket().frames("call.start");
    expect(told()).toMatchObject([{ language: "", voice: "", speed: 0 }]);
    call.tune({ language: "fr", voice: "", speed: 1.5 });
    began();
    call.tune({ language: "fr", voice: "f2", speed: 1.5 });

    expect(told().at(-1)).toMatchObject({ resume: 3, language: "fr", voice: "f2", speed: 1.5 });
    const open: OpenAudio = (rates, events) => Promise.resolve(new FakeAudio(rates, events));
    const again = new Call(client, open, (ms, task) => environment.after(ms, task));
    expect(again.tuning.value).toEqual({ language: "fr", voice: "f2", speed: 1.5 });
    again.tune({ language: "", voice: "", speed: 0 });
    expect(client.kept.get(client.keyOf("voice"))).toBeNull();
  });

  it("sends what is heard once the server knows of the call", async () => {
    const { audio, socket, began } = await scene();
    const hear = (): void => audio().events.captured(new Int16Array(512));
    hear();
    began();
    hear();
    hear();

    const sounds = socket().sounds.map((sound) => new DataView(sound));
    expect(sounds.map((sound) => [sound.getUint32(4, true), sound.getUint32(12, true), sound.getUint8(3)])).toEqual([
      [3, 512, 2],
      [3, 1024, 0],
    ]);
  });

  it("sends nothing while muted, stopped or far behind", async () => {
    const { audio, socket, call, began, state } = await scene();
    began();
    const sent = (): number => {
      const before = socket().sounds.length;
      audio().events.captured(new Int16Array(512));
      return socket().sounds.length - before;
    };
    expect(sent()).toBe(1);
    call.mute(true);
    expect(sent()).toBe(0);
    call.mute(false);
    expect(sent()).toBe(1);
    expect(socket().frames("call.mute").map(({ on }) => on)).toEqual([true, false]);
    state("stopped");
    expect(sent()).toBe(0);
    state("listening");
    socket().bufferedAmount = 100_000;
    expect(sent()).toBe(0);
    socket().bufferedAmount = 0;
    expect(sent()).toBe(1);
    expect(new DataView(socket().sounds.at(-1)!).getUint8(3)).toBe(2);
  });

  it("plays replies of its own and tells how far", async () => {
    const { audio, socket, began } = await scene();
    began("speaking");
    socket().give(reply(9, 1, 10));
    socket().give(reply(3, 1, 10));
    audio().events.heard({ track: 1, samples: 2400, done: true });

    expect(audio().did).toEqual([["play", 1, 10, false]]);
    expect(socket().frames("call.played")).toMatchObject([{ call: 3, track: 1, samples: 2400, position_ms: 100, done: true }]);
  });

  it("is silent from the moment it is interrupted until the server has stopped", async () => {
    const { audio, socket, call, began, tell, environment } = await scene();
    began("speaking");
    socket().give(reply(3, 1, 10));
    call.interrupt();
    expect(socket().frames("call.press").map(({ control }) => control)).toEqual(["interrupt"]);
    tell({ type: "call.flush", call: 3, track: 1 });
    expect(audio().did).toEqual([["play", 1, 10, false], ["flush", ALL], ["flush", 1], ["allow", 1]]);
    environment.advance(5000);
    expect(audio().did).toHaveLength(4);

    call.interrupt();
    environment.advance(5000);
    expect(audio().did.slice(4)).toEqual([["flush", ALL], ["allow", 1]]);
  });

  it("shows what is said, turn by turn", async () => {
    const { call, began, state, tell } = await scene();
    began("hearing");
    tell({ type: "call.caption", call: 3, role: "user", text: "What is", final: false });
    state("thinking");
    tell({ type: "call.caption", call: 3, role: "user", text: "What is it?", final: true });
    state("speaking");
    tell({ type: "call.caption", call: 3, role: "assistant", text: "Noon.", final: true });
    expect(call.captions.value).toEqual({ user: "What is it?", assistant: "Noon." });
    tell({ type: "call.notice", call: 3, text: "It failed." });
    expect(call.notice.value).toBe("It failed.");
    state("hearing");
    expect(call.captions.value).toEqual({ user: "", assistant: "" });
    expect(call.notice.value).toBe("");
  });

  it.each([
    ["refused", "error_microphone_refused"],
    ["missing", "error_microphone_missing"],
    ["busy", "error_microphone_busy"],
  ] as const)("says what to do about a microphone that is %s", async (trouble, key) => {
    const { call, refusal, socket } = await scene(trouble);
    expect([call.phase.value, call.trouble.value]).toEqual(["troubled", key]);
    expect(socket().frames("call.start")).toHaveLength(0);
    refusal.trouble = null;
    await call.start();
    expect([call.phase.value, call.trouble.value]).toEqual(["connecting", null]);
    expect(socket().frames("call.start")).toHaveLength(1);
  });

  it("pauses when the system takes the sound away, and goes on when the visitor says so", async () => {
    const { call, audio, socket, began, state } = await scene();
    began();
    audio().events.interrupted();
    audio().events.interrupted();
    state("thinking");
    expect(call.phase.value).toBe("paused");
    audio().trouble = "busy";
    await call.resume();
    expect([call.phase.value, call.trouble.value]).toEqual(["paused", "error_microphone_busy"]);
    audio().trouble = null;
    await call.resume();
    expect([call.phase.value, call.trouble.value]).toEqual(["thinking", null]);
    expect(socket().frames("call.mute").map(({ on }) => on)).toEqual([true, true, false]);
  });

  it("goes on after the connection was lost, and says so when it cannot", async () => {
    const { call, audio, environment, socket, began } = await scene();
    began("speaking");
    socket().give(reply(3, 2, 10));
    socket().break();
    expect(call.phase.value).toBe("reconnecting");
    expect(audio().did.at(-1)).toEqual(["flush", 2]);
    environment.advance(60_000);
    socket().accept();
    socket().tell(welcome({ voice: VOICE }), snapshot(7));
    const [again] = socket().frames("call.start");
    expect(again).toMatchObject({ resume: 3, conversation: 7 });
    socket().tell({ type: "ack", id: again!.id, outcome: "denied", text: "The call is over." });
    const anew = socket().frames("call.start").at(-1)!;
    expect(anew).toMatchObject({ conversation: 7 });
    expect(anew).not.toHaveProperty("resume");
    socket().tell({ type: "ack", id: anew.id, outcome: "denied", text: "Not now." });
    expect([call.phase.value, call.notice.value]).toEqual(["ended", "Not now."]);
    expect(audio().did.at(-1)).toEqual(["close"]);
  });

  it("begins anew when it ended while the connection was lost, and is heard from its first sound", async () => {
    const { call, audio, environment, socket, began } = await scene();
    began("speaking");
    socket().give(reply(3, 9, 10));
    socket().break();
    environment.advance(60_000);
    socket().accept();
    socket().tell(welcome({ voice: VOICE }), snapshot(7));
    const [again] = socket().frames("call.start");
    socket().tell({ type: "ack", id: again!.id, outcome: "denied", text: "The call is over." });
    expect(audio().did.at(-1)).toEqual(["allow", 0]);
    socket().tell({ type: "call", call: 4, conversation: 7, state: "listening" });
    socket().give(reply(4, 1, 10));
    expect(call.phase.value).toBe("listening");
    expect(audio().did.at(-1)).toEqual(["play", 1, 10, false]);
  });

  it("does not begin anew while it is paused, but when it goes on", async () => {
    const { call, audio, environment, socket, began } = await scene();
    began();
    audio().events.interrupted();
    socket().break();
    environment.advance(60_000);
    socket().accept();
    socket().tell(welcome({ voice: VOICE }), snapshot(7));
    const [again] = socket().frames("call.start");
    socket().tell({ type: "ack", id: again!.id, outcome: "denied", text: "The call is over." });
    expect(socket().frames("call.start")).toHaveLength(1);
    expect(call.phase.value).toBe("paused");
    await call.resume();
    expect(socket().frames("call.start")).toHaveLength(2);
    socket().tell({ type: "call", call: 4, conversation: 7, state: "listening" });
    expect(call.phase.value).toBe("listening");
  });

  it("is begun once the visitor agrees that what is said is kept", async () => {
    const { call, made, socket } = await scene(null, { ...VOICE, records: true });
    expect([call.phase.value, made.length]).toEqual(["consenting", 0]);
    await call.start(true);
    expect(made).toHaveLength(1);
    expect(socket().frames("call.start")).toMatchObject([{ agrees: true }]);
  });

  it("says why the server ended it, be it in what it said before", async () => {
    const { call, tell, began, state } = await scene();
    began("connecting");
    tell({ type: "call.notice", call: 3, text: "The app cannot be reached." });
    state("ended");
    expect([call.phase.value, call.notice.value]).toEqual(["ended", "The app cannot be reached."]);
  });

  it("says so where the browser does not give what plays and captures", async () => {
    const { client, environment } = fakeChat();
    client.open();
    environment.socket.accept();
    environment.socket.tell(welcome({ voice: VOICE }), snapshot(0));
    const open: OpenAudio = () => Promise.reject(new DOMException("no such module", "AbortError"));
    const call = new Call(client, open, (ms, task) => environment.after(ms, task));
    await call.start();
    expect([call.phase.value, call.trouble.value]).toEqual(["troubled", "error_part"]);
  });

  it("sends a sentence again in the middle of which the connection was lost, with what was said meanwhile", async () => {
    const { audio, environment, socket, began, state } = await scene();
    began();
    const hear = (count: number): void => {
      for (let piece = 0; piece < count; piece += 1) audio().events.captured(new Int16Array(512));
    };
    const positions = (): number[] => socket().sounds.map((sound) => new DataView(sound).getUint32(12, true) / 512);
    hear(40);
    state("hearing");
    hear(20);
    expect(positions()).toEqual(Array.from({ length: 60 }, (_, at) => at));
    socket().break();
    hear(30);
    environment.advance(60_000);
    socket().accept();
    socket().tell(welcome({ voice: VOICE }), snapshot(7));
    hear(2);
    expect(positions()).toEqual([]);
    state("connecting");
    hear(1);
    // A second before it was heard that somebody speaks, the sentence, what came meanwhile, and what comes now.
    expect(positions()).toEqual(Array.from({ length: 84 }, (_, at) => at + 9));
    expect(socket().sounds.map((sound) => new DataView(sound).getUint8(3)).filter((flags) => flags === 2)).toHaveLength(1);
  });

  it("does not take up again what was said over a reply", async () => {
    const { audio, environment, socket, began, state } = await scene();
    began("speaking");
    audio().events.captured(new Int16Array(512));
    socket().break();
    audio().events.captured(new Int16Array(512));
    environment.advance(60_000);
    socket().accept();
    socket().tell(welcome({ voice: VOICE }), snapshot(7));
    state("speaking");
    expect(socket().sounds).toHaveLength(1);
  });

  it("stays muted over a lost connection", async () => {
    const { call, environment, socket, began } = await scene();
    began();
    call.mute(true);
    socket().break();
    environment.advance(60_000);
    socket().accept();
    socket().tell(welcome({ voice: VOICE }), snapshot(7));
    socket().tell({ type: "call", call: 3, conversation: 7, state: "listening" });
    expect(call.phase.value).toBe("listening");
    expect(call.muted.value).toBe(true);
  });

  it("ends with its chat", async () => {
    const { call, tell, socket, began, client } = await scene();
    began();
    tell(snapshot(7));
    expect(call.phase.value).toBe("listening");
    tell(snapshot(8));
    expect(call.phase.value).toBe("ended");
    expect(socket().frames("call.end")).toMatchObject([{ call: 3 }]);
    expect(client.listener).toBeNull();
  });

  it("gives the microphone back that comes after it was given up", async () => {
    const { client, environment } = fakeChat();
    client.open();
    environment.socket.accept();
    environment.socket.tell(welcome({ voice: VOICE }), snapshot(0));
    let give: (audio: Audio) => void = () => undefined;
    const call = new Call(client, () => new Promise((resolve) => (give = resolve)), (ms, task) => environment.after(ms, task));
    const started = call.start();
    call.end();
    const late = new FakeAudio({ input: 1, output: 1 }, {} as AudioEvents);
    give(late);
    await started;
    expect(late.did).toEqual([["close"]]);
    expect(environment.socket.frames("call.start")).toHaveLength(0);
  });

  it("leaves the rest of the protocol to the chat", async () => {
    const { client, tell, began } = await scene();
    began();
    tell({ type: "conversations", items: [{ conversation: 7, title: "A", updated_at: 1 }] });
    expect(client.conversations.value).toHaveLength(1);
    expect(client.thread.conversation).toBe(7);
  });
});
