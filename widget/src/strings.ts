import type { LATE } from "./locales/en";

/**
 * The words that the window needs from the start, in English; those of its late parts are in `locales/en.ts`, and
 * translations of both beside it. `{name}` stands for a value. A server or page may replace any of them.
 */
export const ENGLISH = {
  add: "Add to the message",
  add_files: "Attach files",
  announce_reply: "Reply: {text}",
  back: "Back",
  clear: "Clear the chat",
  close: "Close",
  connecting: "Connecting…",
  conversations: "Chats",
  copied: "Copied",
  copy: "Copy",
  download: "Download",
  drop_files: "Drop files here",
  edit: "Edit",
  error_file_size: "{name} is larger than {size}: choose a smaller file.",
  error_files_count: "No more than {count} files fit in one message: send the others in the next one.",
  "error_files_count.one": "No more than one file fits in a message: send the others in the next one.",
  error_files_none: "This chat takes no files.",
  error_files_type: "{name} cannot be attached: this chat takes {types}.",
  error_part: "This part of the chat could not be loaded: check the connection and try again.",
  error_too_large: "The message is larger than {size}: shorten it, or attach it as a file.",
  error_too_long: "The message has {length} characters and may have {limit}: shorten it.",
  examples: "Try one of these",
  external: "From {host}: show it",
  file: "File",
  html_frame: "Interactive content",
  interactive_plot: "Interactive plot",
  jump_to_end: "New messages",
  loading: "Loading…",
  message: "Message",
  message_placeholder: "Type a message…",
  messages: "Messages",
  offline: "Offline. What you write is sent when the connection is back.",
  open_menu: "More",
  picture: "Picture",
  queue: "Waiting: {rank} ahead of you",
  queue_eta: "Waiting: {rank} ahead of you, about {seconds} s",
  queue_next: "You are next",
  reconnecting: "Connection lost. Trying again…",
  refused: "This page may not use the chat. Tell whoever runs the site.",
  remove: "Remove {name}",
  reply: "Reply",
  retry: "Try again",
  running: "Working…",
  search: "Search chats",
  send: "Send",
  sending: "Sending…",
  settings: "Settings",
  stop: "Stop",
  stopped: "Stopped",
  table: "Table",
  take_photo: "Take a photo",
  task_done: "Done",
  task_open: "Not done",
  thinking: "Thinking",
  thought_done: "{seconds} s",
  title: "Chat",
  undeliverable: "This reply could not be delivered.",
  undo: "Take back",
  view_larger: "View larger",
  waiting: "Waiting for the connection",
} as const;

type Plural = `${string}.${Intl.LDMLPluralRule}`;
export type StringKey = Exclude<keyof typeof ENGLISH | keyof typeof LATE, Plural>;
/** A translation: every key, and for those that hold a `{count}` the forms that the language tells apart. */
export type Locale = Readonly<Record<StringKey, string>> & Words;
export type Words = Readonly<Record<string, string>>;
type Values = Readonly<Record<string, string | number>>;

/** Words for a key; `locale` is the language that numbers and dates are written in. */
export interface Translate {
  (key: StringKey, values?: Values): string;
  readonly locale: string;
}

const english: Record<string, string> = { ...ENGLISH };

/** Adds the English of the late parts. */
export function learnEnglish(words: Words): void {
  Object.assign(english, words);
}

/**
 * Words in `language`: those of the first of `sources` that has them, English where none has. With a `count` among the
 * values, `key.one`, `key.few`, … come before `key`, as the language counts.
 */
export function translator(language: string, ...sources: readonly Words[]): Translate {
  const locale = supported(language);
  // Made when the first number is to be said: the browser reads a language's rules for some milliseconds.
  const plural = once(() => new Intl.PluralRules(locale));
  const numbers = once(() => new Intl.NumberFormat(locale));
  const all: readonly Words[] = [...sources, english];
  const t = (key: StringKey, values: Values = {}): string => {
    const { count } = values;
    const counted = typeof count === "number" ? `${key}.${plural().select(count)}` : key;
    const source = all.find((words) => counted in words || key in words);
    return fill(source?.[counted] ?? source?.[key] ?? key, values, numbers);
  };
  return Object.assign(t, { locale });
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

function fill(text: string, values: Values, numbers: () => Intl.NumberFormat): string {
  return text.replace(/\{(\w+)\}/g, (hole, name: string) => {
    const value = values[name];
    return typeof value === "number" ? numbers().format(value) : (value ?? hole);
  });
}

/** `language` if the browser knows it, else English. */
function supported(language: string): string {
  try {
    return Intl.getCanonicalLocales(language)[0] ?? "en";
  } catch (error) {
    if (error instanceof RangeError) return "en";
    throw error;
  }
}
