/** What the launcher itself says; the window loads its own words. */
export type LauncherKey = "open" | "close_chat" | "load_failed";

const KEYS: readonly LauncherKey[] = ["open", "close_chat", "load_failed"];

/** By primary language, in the order of `KEYS`. */
export const LAUNCHER: Readonly<Record<string, readonly [string, string, string]>> = {
  en: ["Open the chat", "Close the chat", "The chat could not be loaded. Try again."],
  ar: ["افتح المحادثة", "أغلق المحادثة", "تعذّر تحميل المحادثة. حاول مرة أخرى."],
  de: ["Chat öffnen", "Chat schließen", "Der Chat konnte nicht geladen werden. Noch einmal versuchen."],
  es: ["Abrir el chat", "Cerrar el chat", "No se pudo cargar el chat. Inténtalo de nuevo."],
  fr: ["Ouvrir le chat", "Fermer le chat", "Le chat n’a pas pu être chargé. Réessayer."],
  hi: ["चैट खोलें", "चैट बंद करें", "चैट लोड नहीं हो सकी। फिर से कोशिश करें।"],
  it: ["Apri la chat", "Chiudi la chat", "Impossibile caricare la chat. Riprova."],
  ja: ["チャットを開く", "チャットを閉じる", "チャットを読み込めませんでした。もう一度お試しください。"],
  pt: ["Abrir o chat", "Fechar o chat", "Não foi possível carregar o chat. Tentar novamente."],
  zh: ["打开聊天", "关闭聊天", "聊天加载失败，请重试。"],
};

/** "de" of "de-AT". */
export function primary(language: string): string {
  return language.toLowerCase().split(/[-_]/)[0] ?? "";
}

/** Which way the interface runs in a language that it is translated into. */
export function direction(language: string): "ltr" | "rtl" {
  return primary(language) === "ar" ? "rtl" : "ltr";
}

/** The launcher's words in a language: `replaced` first, English where there is no translation. */
export function launcherWord(key: LauncherKey, language: string, replaced: Readonly<Record<string, string>>): string {
  const words = LAUNCHER[primary(language)] ?? LAUNCHER["en"];
  return replaced[key] ?? words?.[KEYS.indexOf(key)] ?? "";
}
