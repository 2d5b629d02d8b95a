// @vitest-environment jsdom
import { act } from "preact/test-utils";
import { describe, expect, it } from "vitest";
import { LATE } from "../../src/locales/en";
import type { ArtifactPart, Json } from "../../src/protocol";
import { learnEnglish } from "../../src/strings";
import { asTable, copied, fileOf } from "../../src/view/artifact_file";
import { DataTable, sorted } from "../../src/view/data_table";
import { JsonTree } from "../../src/view/json_tree";
import { draw } from "../fakes/chat";

learnEnglish(LATE);

const table = (data: readonly (readonly (string | number | null)[])[]): ArtifactPart => ({
  type: "artifact",
  kind: "table",
  label: "a/b: c",
  value: { headers: ["x", "y"], data },
});

describe("fileOf", () => {
  it.each([
    [table([[1, 'say "hi", you'], [null, "line\nline"]]), "a b c.csv", 'x,y\r\n1,"say ""hi"", you"\r\n,"line\nline"'],
    [{ type: "artifact", kind: "code", label: "Program", language: "python", value: "x = 1" }, "Program.py", "x = 1"],
    [{ type: "artifact", kind: "code", language: "brainfudge", value: "+" }, "code.txt", "+"],
    [{ type: "artifact", kind: "json", label: "D", value: { a: [1] } }, "D.json", '{\n  "a": [\n    1\n  ]\n}'],
    [{ type: "artifact", kind: "text", label: "Note", value: "*a*" }, "Note.md", "*a*"],
    [
      { type: "artifact", kind: "media", label: "Page", media: { type: "media", kind: "html", spec: "<b>" } },
      "Page.html",
      "<b>",
    ],
  ] satisfies [ArtifactPart, string, string][])("holds the artifact %#", (artifact, name, text) => {
    expect(fileOf(artifact)).toMatchObject({ name, text });
  });

  it("is none for a picture", () => {
    expect(fileOf({ type: "artifact", kind: "media", media: { type: "media", kind: "image" } })).toBeNull();
  });
});

describe("copied", () => {
  it("keeps the columns of a table apart", () => {
    expect(copied(table([[1, "a\tb"]]))).toBe('x\ty\r\n1\t"a\tb"');
  });
});

describe("asTable", () => {
  it.each<Json>([null, "text", { headers: ["a"] }, { headers: 1, data: [] }])("takes %j for no table", (value) => {
    expect(asTable({ type: "artifact", kind: "table", value })).toBeNull();
  });
});

describe("sorted", () => {
  const rows = [["b", 10], ["a", 9], ["c", null], ["a10", "x"], ["a9", 100]] as const;

  it("puts numbers by size before all else", () => {
    expect(sorted(rows, { column: 1, descending: false }).map((row) => row[1])).toEqual([9, 10, 100, null, "x"]);
  });

  it("sorts words as people do, and leaves the rows as they came", () => {
    expect(sorted(rows, { column: 0, descending: true }).map((row) => row[0])).toEqual(["c", "b", "a10", "a9", "a"]);
    expect(sorted(rows, null)).toBe(rows);
  });
});

describe("DataTable", () => {
  it("begins with some of many rows", async () => {
    const data = Array.from({ length: 2_000 }, (_, index) => [index, "y"]);
    const place = await draw(<DataTable table={{ headers: ["x", "y"], data }} label="Table" rows={200} />);

    expect(place.querySelectorAll("tbody tr")).toHaveLength(200);
    expect(place.querySelector(".status")?.textContent).toBe("200 of 2,000 rows");
    await act(() => [...place.querySelectorAll("button")].at(-1)?.click());
    expect(place.querySelectorAll("tbody tr")).toHaveLength(700);
  });
});

describe("JsonTree", () => {
  it("draws what is unfolded only", async () => {
    const place = await draw(<JsonTree value={{ a: [1, null], b: "x" }} open={1} />);

    expect(place.textContent).toContain('"a": [ 2 ]');
    expect(place.textContent).toContain('"b": "x"');
    expect(place.textContent).not.toContain("null");
  });

  it("shows long lists in pieces", async () => {
    const place = await draw(<JsonTree value={Array.from({ length: 250 }, (_, index) => index)} open={1} />);

    expect(place.querySelectorAll(".json-number")).toHaveLength(100);
    await act(() => place.querySelector("button")?.click());
    expect(place.querySelectorAll(".json-number")).toHaveLength(200);
  });
});
