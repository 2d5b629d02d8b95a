import { describe, expect, it } from "vitest";
import { isOwnMedia, safeLink, safeMedia } from "../../src/markdown/links";

const BASE = "https://bridge.example/chat/";

describe("addresses in texts", () => {
  it.each(["javascript:alert(1)", " javascript:alert(1)", "data:text/html,x", "blob:https://x/1", "file:///x", "/relative", "x", ""])(
    "does not follow %j",
    (address) => {
      expect(safeLink(address)).toBeNull();
    },
  );

  it("loads pictures as data, but none that may hold a script", () => {
    expect(safeMedia("data:image/png;base64,AA", BASE)).not.toBeNull();
    expect(safeMedia("data:image/svg+xml,<svg/>", BASE)).toBeNull();
    expect(safeMedia("data:text/html,x", BASE)).toBeNull();
  });

  it("takes for the server's own what the server keeps, and nothing else on its host", () => {
    expect(isOwnMedia("https://bridge.example/chat/media/abc/x.png?sig=1", BASE)).toBe(true);
    expect(isOwnMedia("data:image/png;base64,AA", BASE)).toBe(true);
    for (const address of ["https://bridge.example/chat/ws", "https://bridge.example/media/x.png", "media/x.png", "x", "//bridge.example/chat/media/x"]) {
      expect(isOwnMedia(address, BASE)).toBe(false);
    }
  });
});
