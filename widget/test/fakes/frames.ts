import type { Body, Message, PostState, Profile, ReplyBody, Snapshot, TurnState, Welcome } from "../../src/protocol";

export const PROFILE: Profile = {
  name: "demo",
  title: "Demo",
  abilities: { stop: true, retry: true, undo: true, edit: true, clear: true },
  accepts: { text: true },
};

export function welcome(more: Partial<Welcome> = {}): Welcome {
  return { type: "welcome", protocol: 1, visitor_token: "token", app: PROFILE, conversation: 0, ...more };
}

export function snapshot(conversation: number, seq = 0, turns: readonly TurnState[] = []): Snapshot {
  return { type: "snapshot", conversation, stream: `stream-${conversation}`, seq, turns };
}

export function said(text: string): Message {
  return { type: "message", role: "user", parts: [{ type: "text", text }] };
}

export function reply(text: string, more: Partial<ReplyBody> = {}): ReplyBody {
  return { type: "reply", messages: [{ type: "message", role: "assistant", parts: [{ type: "text", text }] }], ...more };
}

export function post(name: string, body: Body, more: Partial<PostState> = {}): PostState {
  return { post: name, role: body.type === "reply" ? "assistant" : "user", body, ...more };
}
