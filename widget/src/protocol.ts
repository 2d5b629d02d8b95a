/** The frames of the web protocol, version 1, as TypeScript; `protocol/v1.schema.json` is the contract. */

import type { Called, CallFrame, CallStart, Voice } from "./protocol_voice";

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type Values = Readonly<Record<string, Json>>;

export interface Source {
  readonly url: string;
  readonly external?: boolean;
  readonly live?: boolean;
  readonly size?: number;
}

export interface TextPart {
  readonly type: "text";
  readonly text: string;
}

export type MediaKind = "image" | "audio" | "video" | "file" | "plot" | "html";

export interface PlotSpec {
  readonly type: string;
  readonly plot: string;
}

export interface MediaPart {
  readonly type: "media";
  readonly kind: MediaKind;
  readonly source?: Source;
  readonly name?: string;
  readonly mime?: string;
  readonly alt?: string;
  readonly caption?: string;
  readonly group?: string;
  readonly spec?: string | PlotSpec | null;
  readonly error?: string;
  /** The sound of what stands beside it as text. */
  readonly recording?: boolean;
}

export interface ArtifactPart {
  readonly type: "artifact";
  readonly kind: "code" | "json" | "table" | "text" | "media";
  readonly label?: string;
  readonly value?: Json;
  readonly language?: string;
  readonly media?: MediaPart;
}

export interface ThoughtPart {
  readonly type: "thought";
  readonly title: string;
  readonly parts?: readonly Part[];
  readonly status?: "pending" | "done";
  readonly duration?: number;
  readonly log?: string;
  readonly id?: string;
  readonly started_at?: number;
}

export type Part = TextPart | MediaPart | ArtifactPart | ThoughtPart;

export interface Option {
  readonly type: "option";
  readonly value: string;
  readonly label?: string;
}

export interface Message {
  readonly type: "message";
  readonly role: "user" | "assistant";
  readonly parts: readonly Part[];
  readonly options?: readonly Option[];
  readonly speaker?: { readonly name?: string };
}

export interface Notice {
  readonly type: "notice";
  readonly level: "info" | "warning" | "error" | "progress" | "queue";
  readonly text?: string;
  readonly title?: string;
  readonly progress?: number;
  readonly rank?: number;
  readonly queue_size?: number;
  readonly eta?: number;
}

export type Control = "retry" | "undo" | "edit" | "rate" | "choose";

export interface ReplyBody {
  readonly type: "reply";
  readonly messages?: readonly Message[];
  readonly artifacts?: readonly ArtifactPart[];
  readonly notices?: readonly Notice[];
  readonly state?: "running" | "final" | "stopped" | "failed";
  readonly error?: string;
  readonly controls?: readonly Control[];
}

export interface Divider {
  readonly type: "divider";
  readonly text?: string;
}

export type Body = Message | ReplyBody | Divider;

export interface PostState {
  readonly post: string;
  readonly role: "user" | "assistant" | "system";
  readonly body: Body;
  readonly at?: number;
  readonly client_id?: string;
}

export type TurnStateName =
  "received" | "running" | "answered" | "delivered" | "failed" | "stopped" | "undeliverable" | "removed";

export interface Queue {
  readonly rank: number;
  readonly size?: number;
  readonly eta?: number;
}

export interface RatingState {
  readonly message?: number;
  readonly of_user?: boolean;
  readonly value: string;
}

export interface TurnState {
  readonly turn: number;
  readonly state: TurnStateName;
  readonly error?: string;
  readonly queue?: Queue;
  readonly started_at?: number;
  readonly posts: readonly PostState[];
  readonly ratings?: readonly RatingState[];
}

export interface ConversationItem {
  readonly conversation: number;
  readonly title: string;
  readonly updated_at: number;
  readonly running?: boolean;
  readonly snippet?: string;
}

export interface AppInput {
  readonly name: string;
  readonly label: string;
  readonly kind:
    | "text"
    | "number"
    | "slider"
    | "checkbox"
    | "radio"
    | "dropdown"
    | "multiselect"
    | "file"
    | "date"
    | "color"
    | "json";
  readonly default?: Json;
  readonly choices?: readonly { readonly label: string; readonly value: Json }[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly step?: number;
  readonly info?: string;
  readonly placeholder?: string;
  readonly lines?: number;
  readonly max_length?: number;
  readonly allow_custom?: boolean;
  readonly many?: boolean;
  readonly file_types?: readonly string[];
  readonly visible?: boolean;
}

export interface Example {
  readonly text?: string;
  readonly label?: string;
  readonly icon?: MediaPart;
  readonly media?: readonly MediaPart[];
  readonly settings?: Values;
}

export interface Accepts {
  readonly text?: boolean;
  readonly files?: boolean;
  readonly file_types?: readonly string[];
  readonly max_files?: number;
  readonly max_length?: number;
  readonly microphone?: boolean;
  readonly camera?: boolean;
  readonly speech?: boolean;
}

export interface Feedback {
  readonly like?: boolean;
  readonly dislike?: boolean;
  readonly others?: readonly string[];
  readonly user_messages?: boolean;
  readonly comment?: boolean;
}

export interface AppButton {
  readonly id: string;
  readonly label: string;
  readonly effect: "turn" | "stop" | "quiet";
}

export interface Profile {
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly placeholder?: string;
  readonly input_placeholder?: string;
  readonly accepts?: Accepts;
  readonly abilities?: Readonly<Partial<Record<"stop" | "retry" | "undo" | "edit" | "clear", boolean>>>;
  readonly feedback?: Feedback;
  readonly inputs?: readonly AppInput[];
  readonly examples?: readonly Example[];
  readonly greeting?: readonly Message[];
  readonly buttons?: readonly AppButton[];
  readonly avatars?: { readonly user?: Source; readonly assistant?: Source };
  readonly latex_delimiters?: readonly { readonly left: string; readonly right: string; readonly display: boolean }[];
  /** False: a single line end in a text is a space. */
  readonly line_breaks?: boolean;
  /** False: texts are shown as they were written. */
  readonly render_markdown?: boolean;
  readonly labels?: Readonly<Partial<Record<"submit" | "stop" | "settings" | "examples" | "chatbot", string>>>;
  readonly look?: Look;
  readonly theme?: Readonly<Record<string, string>>;
}

/** How the app's own page behaves. */
export interface Look {
  readonly autofocus?: boolean;
  readonly autoscroll?: boolean;
  readonly progress?: "full" | "minimal" | "hidden";
  readonly send_button?: boolean;
}

export interface Limits {
  readonly frame_bytes?: number;
  readonly file_bytes?: number;
  readonly files?: number;
  readonly ping_seconds?: number;
}

export type Patch =
  | { readonly op: "append"; readonly path: Path; readonly value: string }
  | { readonly op: "set"; readonly path: Path; readonly value: Json }
  | { readonly op: "remove"; readonly path: Path };
export type Path = readonly (string | number)[];

export type Attachment = { readonly upload: string } | { readonly url: string };
export type SentMedia = Omit<MediaPart, "source"> & { readonly source: Attachment };
export type SentPart = TextPart | SentMedia;

// Frames of the server

interface Streamed {
  readonly conversation: number;
  readonly seq: number;
}

export interface Welcome {
  readonly type: "welcome";
  readonly protocol: 1;
  readonly visitor_token: string;
  /** Who is signed in; absent for an anonymous visitor. */
  readonly identity?: { readonly name?: string; readonly person?: string };
  readonly app: Profile;
  readonly conversation: number;
  readonly conversations?: readonly ConversationItem[];
  readonly strings?: Readonly<Record<string, string>>;
  readonly theme?: Readonly<Record<string, string>>;
  readonly voice?: Voice;
  readonly limits?: Limits;
  readonly now?: number;
}

export interface Ack {
  readonly type: "ack";
  readonly id: string;
  readonly outcome: "started" | "queued" | "merged" | "done" | "duplicate" | "ignored" | "denied";
  readonly turn?: number;
  readonly conversation?: number;
  readonly text?: string;
}

export interface ErrorFrame {
  readonly type: "error";
  readonly code: string;
  readonly message: string;
  readonly id?: string;
  readonly retry_after?: number;
}

export interface Snapshot {
  readonly type: "snapshot";
  readonly conversation: number;
  readonly stream: string;
  readonly seq: number;
  readonly title?: string;
  readonly turns: readonly TurnState[];
  readonly more?: boolean;
  readonly settings?: Values;
  readonly greeting?: readonly Message[];
}

export interface Resumed {
  readonly type: "resumed";
  readonly conversation: number;
  readonly stream: string;
  readonly after: number;
  readonly seq: number;
}

export type PostCreate = { readonly type: "post.create"; readonly turn: number } & Streamed & PostState;
export type PostPatch = {
  readonly type: "post.patch";
  readonly turn?: number;
  readonly post: string;
  readonly patches: readonly Patch[];
} & Streamed;
export type PostReplace = { readonly type: "post.replace"; readonly post: string; readonly body: Body } & Streamed;
export type PostDelete = { readonly type: "post.delete"; readonly post: string } & Streamed;
export type TurnFrame = {
  readonly type: "turn";
  readonly turn: number;
  readonly state: TurnStateName;
  readonly error?: string;
  readonly queue?: Queue;
  readonly started_at?: number;
  readonly replaces?: number;
} & Streamed;
export type RatingFrame = { readonly type: "rating"; readonly turn: number } & Streamed & RatingState;
export type Cleared = { readonly type: "cleared" } & Streamed;
export interface Settings {
  readonly type: "settings";
  readonly conversation: number;
  readonly seq?: number;
  readonly values: Values;
}

export type StreamFrame =
  PostCreate | PostPatch | PostReplace | PostDelete | TurnFrame | RatingFrame | Cleared | Settings;

export interface HistoryFrame {
  readonly type: "history";
  readonly id: string;
  readonly conversation: number;
  readonly turns: readonly TurnState[];
  readonly more?: boolean;
}

export interface Conversations {
  readonly type: "conversations";
  readonly id?: string;
  readonly items: readonly ConversationItem[];
  readonly query?: string;
  readonly more?: boolean;
}

export interface NoticeFrame {
  readonly type: "notice";
  readonly conversation?: number;
  readonly notice: Notice;
}

export interface Presence {
  readonly type: "presence";
  readonly conversation: number;
  readonly state: "working" | "idle";
}

export interface Ping {
  readonly type: "ping" | "pong";
  readonly t: number;
}

export type ServerFrame =
  | Welcome
  | Ack
  | ErrorFrame
  | Snapshot
  | Resumed
  | StreamFrame
  | HistoryFrame
  | Conversations
  | NoticeFrame
  | Presence
  | Called
  | Ping;

// Frames of the client

export interface Hello {
  readonly type: "hello";
  readonly protocol: 1;
  readonly app?: string;
  readonly visitor_token?: string;
  readonly identity_token?: string;
  readonly locale: string;
  readonly conversation?: number;
  readonly resume?: { readonly conversation: number; readonly stream: string; readonly after: number };
  readonly context?: Values;
}

export interface Resume {
  readonly type: "resume";
  readonly conversation: number;
  readonly stream: string;
  readonly after: number;
}

/** A command before it has its id. */
export type Intent =
  | { readonly type: "send"; readonly conversation: number; readonly parts: readonly SentPart[] }
  | { readonly type: "choose"; readonly conversation: number; readonly turn: number; readonly index: number }
  | { readonly type: "example"; readonly conversation: number; readonly index: number }
  | { readonly type: "press"; readonly conversation: number; readonly button: string }
  | { readonly type: "retry"; readonly conversation: number; readonly turn: number }
  | { readonly type: "edit"; readonly conversation: number; readonly turn: number; readonly parts: readonly SentPart[] }
  | { readonly type: "undo" | "clear" | "settings.get"; readonly conversation: number }
  | { readonly type: "conversation.switch" | "conversation.delete"; readonly conversation: number }
  | { readonly type: "stop"; readonly conversation: number; readonly turn?: number }
  | ({
      readonly type: "rate";
      readonly conversation: number;
      readonly turn: number;
      readonly comment?: string;
    } & RatingState)
  | { readonly type: "settings.set"; readonly conversation: number; readonly values: Values }
  | { readonly type: "history.get"; readonly conversation: number; readonly before: number; readonly limit?: number }
  | { readonly type: "conversation.new"; readonly title?: string }
  | {
      readonly type: "conversation.list";
      readonly limit?: number;
      readonly before?: number;
      readonly before_conversation?: number;
    }
  | { readonly type: "conversation.search"; readonly query: string }
  | { readonly type: "conversation.rename"; readonly conversation: number; readonly title: string }
  | { readonly type: "identify"; readonly token: string | null }
  | { readonly type: "context.set"; readonly values: Values }
  | CallStart
  | { readonly type: "forget_me" };

export type Command = Intent & { readonly id: string };
export type ClientFrame = Hello | Resume | Command | CallFrame | Ping;

/** Close codes after which coming back would only be refused again. */
export const FINAL_CLOSE_CODES: ReadonlySet<number> = new Set([4400, 4403, 4406]);
export const CLOSE_TOKEN_REFUSED = 4401;
