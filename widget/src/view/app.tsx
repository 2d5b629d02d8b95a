import type { JSX, RefObject } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Client } from "../connection/client";
import { safeMedia } from "../markdown/links";
import type { TurnState } from "../protocol";
import type { Cell } from "../state/cell";
import { translator, type Words } from "../strings";
import { Composer } from "./composer";
import { ChatContext, useCell, useChat, type Chat, type Enlarged, type Host, type Question } from "./context";
import { IconButton } from "./icons";
import { lazy } from "./lazy";
import { Log } from "./log";
import { MenuButton } from "./menu";
import { textOf } from "./reply";
import { StatusLine } from "./status";

const ConversationsPanel = lazy(async () => (await import("./conversations")).ConversationsPanel);
const SettingsPanel = lazy(async () => (await import("./settings")).SettingsPanel);
const MainMenu = lazy(async () => (await import("./main_menu")).MainMenu);
const Confirmation = lazy(async () => (await import("./dialogs")).Confirmation);
const Lightbox = lazy(async () => (await import("./lightbox")).Lightbox);

type OpenPanel = "conversations" | "settings" | null;

interface AppProps {
  readonly client: Client;
  readonly host: Host;
  readonly box: RefObject<HTMLTextAreaElement | null>;
  readonly adopt: (styles: string) => void;
  /** The language of the interface, and its words. */
  readonly language: { readonly locale: string; readonly words: Words };
  /** Words of the page's in place of ours. */
  readonly strings: Cell<Words>;
}

/** The chat window. */
export function App({ client, host, box, adopt, language, strings }: AppProps): JSX.Element {
  const ofServer = useCell(client.strings);
  const ofPage = useCell(strings);
  const t = useMemo(() => translator(language.locale, ofPage, ofServer, language.words), [ofPage, ofServer]);
  const [spoken, setSpoken] = useState("");
  const [enlarged, enlarge] = useState<Enlarged | null>(null);
  const [question, ask] = useState<Question | null>(null);
  const chat = useMemo<Chat>(() => ({ client, host, t, announce: setSpoken, enlarge, ask, adopt }), [client, host, t]);
  return (
    <ChatContext.Provider value={chat}>
      <Window box={box} />
      <div class="visually-hidden" aria-live="polite" role="status">
        {spoken}
      </div>
      {enlarged === null ? null : <Lightbox picture={enlarged} close={() => enlarge(null)} />}
      {question === null ? null : <Confirmation question={question} close={() => ask(null)} />}
    </ChatContext.Provider>
  );
}

function Window({ box }: { readonly box: AppProps["box"] }): JSX.Element {
  const { client, host, t } = useChat();
  const profile = useCell(client.profile);
  const [panel, setPanel] = useState<OpenPanel>(null);
  const [dragging, setDragging] = useState(false);
  const follow = useRef<(() => void) | null>(null);
  const dropped = useRef<((files: readonly File[]) => void) | null>(null);
  useFinishedReplies();
  const close = (): void => {
    setPanel(null);
    box.current?.focus();
  };
  const drag = {
    onDragOver: (event: DragEvent) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      setDragging(true);
    },
    onDragLeave: (event: DragEvent) => {
      if (event.currentTarget === event.target) setDragging(false);
    },
    onDrop: (event: DragEvent) => {
      setDragging(false);
      if (event.dataTransfer === null || event.dataTransfer.files.length === 0) return;
      event.preventDefault();
      dropped.current?.([...event.dataTransfer.files]);
    },
  };
  return (
    <section
      class={`window progress-${profile?.look?.progress ?? "full"}`}
      part="window"
      role={host.closable ? "dialog" : host.placement === "page" ? "main" : "region"}
      aria-label={profile?.title || t("title")}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        if (panel !== null) close();
        else if (host.closable) host.close();
      }}
      {...drag}
    >
      <Header panel={panel} show={setPanel} />
      <div class="middle">
        <Log follow={follow} covered={panel !== null} />
        {panel === "conversations" ? <ConversationsPanel close={close} /> : null}
        {panel === "settings" ? <SettingsPanel close={close} /> : null}
        {dragging ? <div class="drop">{t("drop_files")}</div> : null}
      </div>
      <StatusLine />
      <Composer box={box} dropped={dropped} sent={() => follow.current?.()} />
    </section>
  );
}

interface HeaderProps {
  readonly panel: OpenPanel;
  readonly show: (panel: OpenPanel) => void;
}

function Header({ panel, show }: HeaderProps): JSX.Element {
  const { client, host, t } = useChat();
  const profile = useCell(client.profile);
  const avatar = profile?.avatars?.assistant;
  const address = avatar === undefined ? null : safeMedia(avatar.url, client.resolve(""));
  const title = profile?.title || t("title");
  const toggle = (which: OpenPanel) => () => show(panel === which ? null : which);
  return (
    <header class="head" part="header">
      {address === null ? <span class="avatar letter" aria-hidden="true">{Array.from(title)[0]}</span> : <img class="avatar" src={address} alt="" />}
      <h1 dir="auto">{title}</h1>
      <IconButton icon="chats" label={t("conversations")} expanded={panel === "conversations"} onClick={toggle("conversations")} />
      {(profile?.inputs ?? []).some((input) => input.visible !== false) ? (
        <IconButton
          icon="settings"
          label={profile?.labels?.settings || t("settings")}
          expanded={panel === "settings"}
          onClick={toggle("settings")}
        />
      ) : null}
      <MenuButton icon="more" label={t("open_menu")}>
        {(menu) => <MainMenu {...menu} />}
      </MenuButton>
      {host.closable ? <IconButton icon="close" label={t("close")} onClick={() => host.close()} /> : null}
    </header>
  );
}

/** Tells listeners, and the page, when a reply is finished: once, and never token by token. */
function useFinishedReplies(): void {
  const { client, host, t, announce } = useChat();
  const order = useCell(client.thread.order);
  const newest = order.at(-1);
  const told = useRef<TurnState | null>(null);
  useEffect(() => {
    const cell = newest === undefined ? undefined : client.thread.turn(newest);
    if (cell === undefined) return undefined;
    // A quick answer may be there with the first that is seen of its turn.
    let done = isDone(cell.value) && (told.current?.turn === newest || !client.answers(cell.value));
    const tell = (turn: TurnState): void => {
      if (done || !isDone(turn)) return;
      done = true;
      told.current = turn;
      const text = turn.posts.flatMap((post) => (post.body.type === "reply" ? [textOf(post.body)] : [])).join("\n");
      // In a call it is read out already.
      if (client.listener === null) announce(t("announce_reply", { text }));
      host.emit("message", { conversation: client.thread.conversation, turn: turn.turn, text });
    };
    tell(cell.value);
    return cell.subscribe(tell);
  }, [newest]);
}

/** The reply's last words have come; the turn's own state runs ahead of them. */
function isDone({ posts, state }: TurnState): boolean {
  const replies = posts.flatMap((post) => (post.body.type === "reply" ? [post.body] : []));
  if (replies.length === 0) return state === "stopped" || state === "failed" || state === "undeliverable";
  return replies.every((reply) => (reply.state ?? "running") !== "running");
}
