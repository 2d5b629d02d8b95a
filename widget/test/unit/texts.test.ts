import { readdir } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { LAUNCHER, launcherWord } from "../../src/launcher/words";
import { LOCALES, wordsOf } from "../../src/locales";
import { LATE } from "../../src/locales/en";
import { ENGLISH, learnEnglish, translator, type Words } from "../../src/strings";
import { bytes, seconds } from "../../src/text";

const ALL: Words = { ...ENGLISH, ...LATE };
const BASE = Object.keys(ALL).filter((key) => !key.includes("."));
const COUNTED = Object.keys(ALL).filter((key) => key.endsWith(".one")).map((key) => key.slice(0, -4));

function holes(text = ""): readonly string[] {
  return [...text.matchAll(/\{\w+\}/g)].map(([hole]) => hole).sort();
}

learnEnglish(LATE);

describe("translator", () => {
  it("takes the first words there are, and English last", () => {
    const t = translator("en", { send: "Ask" }, { send: "Go", stop: "Halt" });

    expect([t("send"), t("stop"), t("retry")]).toEqual(["Ask", "Halt", ENGLISH.retry]);
  });

  it("fills values in as they are", () => {
    expect(translator("en")("remove", { name: "$& {name}" })).toBe("Remove $& {name}");
  });

  it("writes numbers and counts as the language does", () => {
    expect(translator("de")("error_too_long", { length: 12_345, limit: 10 })).toContain("12.345");
    expect(translator("en")("error_files_count", { count: 1 })).toContain("one file");
    expect(translator("en")("error_files_count", { count: 1234 })).toContain("1,234 files");
  });

  it("prefers another's word to its own for a count", () => {
    expect(translator("en", { error_files_count: "At most {count}." })("error_files_count", { count: 1 })).toBe("At most 1.");
  });

  it("takes a language that is none for English", () => {
    expect(translator("not a language").locale).toBe("en");
  });
});

describe.each(Object.keys(LOCALES))("the words in %s", (language) => {
  it("are all there, with the same holes", async () => {
    const words = await wordsOf(language);

    expect(Object.keys(words).filter((key) => !key.includes(".")).sort()).toEqual([...BASE].sort());
    for (const key of BASE) expect([key, holes(words[key])]).toEqual([key, holes(ALL[key])]);
  });

  it("have the forms that the language counts in", async () => {
    const words = await wordsOf(language);
    const rules = new Intl.PluralRules(language);
    const forms = [...new Set(Array.from({ length: 1000 }, (_, count) => rules.select(count)))].filter((form) => form !== "other");
    const wanted = COUNTED.flatMap((key) => forms.map((form) => `${key}.${form}`));

    expect(Object.keys(words).filter((key) => key.includes(".")).sort()).toEqual(wanted.sort());
  });
});

describe("languages", () => {
  it("are ten, each with a file and the launcher's words", async () => {
    const files = (await readdir(new URL("../../src/locales", import.meta.url))).filter((name) => name !== "index.ts");

    expect(files.map((name) => name.replace(".ts", "")).sort()).toEqual(["en", ...Object.keys(LOCALES)].sort());
    expect(Object.keys(LAUNCHER).sort()).toEqual(["en", ...Object.keys(LOCALES)].sort());
    expect(Object.keys(LAUNCHER)).toHaveLength(10);
  });

  it("are found by their first part, and English stands for the others", async () => {
    expect(await wordsOf("pt-BR")).toBe(await wordsOf("pt"));
    expect(await wordsOf("nl")).toEqual({});
    expect(launcherWord("open", "de-AT", {})).toBe("Chat öffnen");
    expect(launcherWord("open", "nl", {})).toBe("Open the chat");
    expect(launcherWord("open", "nl", { open: "Vraag ons" })).toBe("Vraag ons");
  });
});

describe("sizes and times", () => {
  it("are short", () => {
    const sizes = [0, 999, 1000, 1_250_000, 482_113].map((size) => bytes(size, "en"));
    expect(sizes).toEqual(["0 byte", "999 byte", "1 kB", "1.3 MB", "482 kB"]);
    expect([0.83, 9.96, 12.4].map((value) => seconds(value, "en"))).toEqual(["0.8", "10.0", "12"]);
    expect(bytes(1_250_000, "de")).toBe("1,3 MB");
  });
});
