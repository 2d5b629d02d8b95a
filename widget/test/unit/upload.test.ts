import { describe, expect, it } from "vitest";
import { accepted, kindOf, refusal } from "../../src/connection/upload";
import { translator } from "../../src/strings";
import { acceptAttribute } from "../../src/view/attachments";

const t = translator("en");
const PNG = { name: "Cat.PNG", type: "image/png", size: 1000 };

describe("what an app takes", () => {
  it.each([
    [[], true],
    [["file"], true],
    [["image"], true],
    [[".png"], true],
    [["image/png"], true],
    [["audio", ".pdf"], false],
  ])("%j takes a picture: %s", (types, expected) => {
    expect(accepted(PNG, types)).toBe(expected);
  });

  it("is told to the file chooser", () => {
    expect(acceptAttribute(["image", ".pdf", "text/csv"])).toBe("image/*,.pdf,text/csv");
    expect(acceptAttribute(["image", "file"])).toBe("");
  });

  it("names kinds as the protocol does", () => {
    expect(["image/png", "audio/wav", "video/mp4", "text/plain", ""].map(kindOf)).toEqual([
      "image",
      "audio",
      "video",
      "file",
      "file",
    ]);
  });
});

describe("refusal", () => {
  it.each([
    [0, {}, {}, "This chat takes no files."],
    [0, { files: true, file_types: [".pdf"] }, {}, "Cat.PNG cannot be attached: this chat takes .pdf."],
    [2, { files: true, max_files: 2 }, { files: 5 }, "No more than 2 files fit in one message: send the others in the next one."],
    [0, { files: true }, { file_bytes: 999 }, "Cat.PNG is larger than 999 byte: choose a smaller file."],
    [1, { files: true, max_files: 2 }, { file_bytes: 1000 }, null],
  ])("with %i attached, %j and %j says %s", (attached, accepts, limits, expected) => {
    expect(refusal(PNG, attached, accepts, limits, t)).toBe(expected);
  });
});
