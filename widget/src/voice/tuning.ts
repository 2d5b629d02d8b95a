import type { KeyValueStore } from "../connection/environment";

/** How a conversation's calls sound; "" and 0: as the server has it. */
export interface Tuning {
  /** BCP 47. */
  readonly language: string;
  readonly voice: string;
  /** 1 is the voice's own. */
  readonly speed: number;
}

export const USUAL: Tuning = { language: "", voice: "", speed: 0 };
export const LANGUAGES = ["ar", "de", "en", "es", "fr", "hi", "it", "ja", "ko", "nl", "pl", "pt", "ru", "tr", "uk", "zh"] as const;
export const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2] as const;
/** Characters that the server takes. */
export const LONGEST_VOICE = 100;
/** Conversations whose tuning is kept, the newest. */
const KEPT = 50;

/** The tunings of a visitor's conversations, kept in the browser; that of conversation 0 is a new one's. */
export class Tunings {
  constructor(
    private readonly store: KeyValueStore,
    private readonly key: string,
  ) {}

  of(conversation: number): Tuning {
    return this.#read().find(([kept]) => kept === conversation)?.[1] ?? USUAL;
  }

  keep(conversation: number, tuning: Tuning): void {
    const others = this.#read().filter(([kept]) => kept !== conversation);
    const usual = tuning.language === "" && tuning.voice === "" && tuning.speed === 0;
    const all = usual ? others : [...others, [conversation, tuning] as const];
    this.store.set(this.key, all.length === 0 ? null : JSON.stringify(all.slice(-KEPT)));
  }

  #read(): (readonly [number, Tuning])[] {
    try {
      const kept: unknown = JSON.parse(this.store.get(this.key) ?? "[]");
      return Array.isArray(kept) ? kept.filter(isEntry).map(([number, tuning]) => [number, { ...USUAL, ...tuning }]) : [];
    } catch (error) {
      if (error instanceof SyntaxError) return [];
      throw error;
    }
  }
}

/** Other pages of this origin may write there as well. */
function isEntry(entry: unknown): entry is readonly [number, Partial<Tuning>] {
  if (!Array.isArray(entry) || typeof entry[0] !== "number" || typeof entry[1] !== "object" || entry[1] === null) return false;
  const { language = "", voice = "", speed = 0 } = entry[1] as Record<string, unknown>;
  return typeof language === "string" && typeof voice === "string" && typeof speed === "number";
}
