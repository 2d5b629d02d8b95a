import { render, type ComponentChild } from "preact";
import { act } from "preact/test-utils";
import { Client } from "../../src/connection/client";
import { translator } from "../../src/strings";
import { ChatContext, type Chat } from "../../src/view/context";
import { FakeEnvironment } from "./environment";

export const SERVER = "https://bridge.example/";

export function fakeChat(): Chat & { readonly environment: FakeEnvironment; readonly announced: string[] } {
  const environment = new FakeEnvironment();
  const announced: string[] = [];
  return {
    environment,
    announced,
    client: new Client({ server: SERVER, app: "", locale: "en", place: "", context: {} }, environment),
    host: { placement: "inline", closable: false, close: () => undefined, emit: () => undefined, renew: () => Promise.resolve(false) },
    t: translator("en"),
    announce: (text) => announced.push(text),
    enlarge: () => undefined,
    adopt: () => undefined,
    ask: (question) => question.act(),
  };
}

/** Draws a view inside a chat; the element that holds it. */
export async function draw(view: ComponentChild, chat: Chat = fakeChat()): Promise<HTMLElement> {
  const place = document.createElement("div");
  document.body.append(place);
  await act(() => render(<ChatContext.Provider value={chat}>{view}</ChatContext.Provider>, place));
  return place;
}
