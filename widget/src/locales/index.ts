import type { Words } from "../strings";

/** The languages that the interface is translated into, beside English; each is loaded when a page is in it. */
export const LOCALES: Readonly<Record<string, () => Promise<{ readonly default: Words }>>> = {
  ar: () => import("./ar"),
  de: () => import("./de"),
  es: () => import("./es"),
  fr: () => import("./fr"),
  hi: () => import("./hi"),
  it: () => import("./it"),
  ja: () => import("./ja"),
  pt: () => import("./pt"),
  zh: () => import("./zh"),
};

/** The words of a language such as "pt-BR"; none, and so English, where there is no translation or it cannot be had. */
export async function wordsOf(language: string): Promise<Words> {
  const load = LOCALES[language.toLowerCase().split(/[-_]/)[0] ?? ""];
  if (load === undefined) return {};
  try {
    return (await load()).default;
  } catch (error) {
    if (error instanceof TypeError) return {};
    throw error;
  }
}
