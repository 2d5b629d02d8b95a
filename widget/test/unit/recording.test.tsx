// @vitest-environment jsdom
import { describe, expect, it } from "vitest";
import type { MediaPart } from "../../src/protocol";
import { Media } from "../../src/view/media";
import { draw } from "../fakes/chat";

const SAID: MediaPart = { type: "media", kind: "audio", name: "said.wav", source: { url: "/media/0/said.wav?sig=x" } };

describe("a sound", () => {
  it("has a small player where it is the recording of what stands beside it", async () => {
    const place = await draw(<Media media={{ ...SAID, recording: true }} />);
    const player = place.querySelector("audio");

    expect(player?.className).toBe("recording");
    expect(player?.controls).toBe(true);
    expect(player?.getAttribute("aria-label")).toBe("said.wav");
  });

  it("has a large one where it is what is said", async () => {
    expect((await draw(<Media media={SAID} />)).querySelector("audio")?.className).toBe("");
  });
});
