import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { ConversationItem } from "../protocol";
import { useCell, useChat } from "./context";
import { Icon, IconButton } from "./icons";
import { Panel } from "./panel";

const SEARCH_AFTER_MS = 250;

/** The visitor's conversations: start, open, search, rename and delete them. */
export function ConversationsPanel({ close }: { readonly close: () => void }): JSX.Element {
  const { client, t } = useChat();
  const all = useCell(client.conversations);
  const found = useCell(client.found);
  const more = useCell(client.moreTitles);
  const [query, setQuery] = useState("");
  useEffect(() => {
    client.found.value = null;
    if (query.trim() === "") return undefined;
    const timer = setTimeout(() => client.command({ type: "conversation.search", query: query.trim() }), SEARCH_AFTER_MS);
    return () => clearTimeout(timer);
  }, [query]);
  const items = query.trim() === "" ? all : (found ?? []);
  return (
    <Panel title={t("conversations")} close={close}>
      <div class="conversations-head">
        <button
          type="button"
          class="button primary"
          onClick={() => {
            client.newConversation();
            close();
          }}
        >
          <Icon name="plus" />
          {t("new_conversation")}
        </button>
        <label class="search">
          <Icon name="search" />
          <input
            type="search"
            aria-label={t("search")}
            placeholder={t("search")}
            value={query}
            onInput={(event) => setQuery(event.currentTarget.value)}
          />
        </label>
      </div>
      {items.length === 0 && (query.trim() === "" || found !== null) ? (
        <p class="status" role="status">{t(query.trim() === "" ? "no_conversations" : "no_results")}</p>
      ) : null}
      <ul class="conversations">
        {items.map((item) => (
          <Row key={item.conversation} item={item} close={close} />
        ))}
      </ul>
      {more && query.trim() === "" ? (
        <button type="button" class="button more-titles" onClick={() => client.moreConversations()}>
          {t("more_conversations")}
        </button>
      ) : null}
    </Panel>
  );
}

function Row({ item, close }: { readonly item: ConversationItem; readonly close: () => void }): JSX.Element {
  const { client, t, ask } = useChat();
  const open = useCell(client.thread.head).conversation === item.conversation;
  const [renaming, setRenaming] = useState(false);
  const title = item.title || t("untitled");
  if (renaming) return <Rename item={item} done={() => setRenaming(false)} />;
  const act = (): void => {
    client.command({ type: "conversation.delete", conversation: item.conversation });
  };
  const remove = (): void => ask({ sentence: t("delete_confirm", { title }), verb: t("delete"), act });
  return (
    <li class={open ? "conversation open" : "conversation"}>
      <button
        type="button"
        class="conversation-title"
        aria-current={open}
        onClick={() => {
          client.switchTo(item.conversation);
          close();
        }}
      >
        <span>
          <bdi>{title}</bdi>
        </span>
        {item.snippet ? (
          <small>
            <bdi>{item.snippet}</bdi>
          </small>
        ) : <small>{day(item.updated_at, t.locale)}</small>}
      </button>
      {item.running ? <span class="spinner" role="img" aria-label={t("running")} /> : null}
      <IconButton icon="pen" kind="small" label={`${t("rename")}: ${title}`} onClick={() => setRenaming(true)} />
      <IconButton icon="clear" kind="small" label={`${t("delete")}: ${title}`} onClick={remove} />
    </li>
  );
}

function Rename({ item, done }: { readonly item: ConversationItem; readonly done: () => void }): JSX.Element {
  const { client, t } = useChat();
  const input = useRef<HTMLInputElement>(null);
  const ended = useRef(false);
  useEffect(() => input.current?.focus(), []);
  // Taking the field away makes it lose the focus, which would save once more.
  const end = (save: boolean): void => {
    if (ended.current) return;
    ended.current = true;
    const title = input.current?.value.trim() ?? "";
    if (save && title !== "" && title !== item.title) {
      client.command({ type: "conversation.rename", conversation: item.conversation, title });
    }
    done();
  };
  return (
    <li class="conversation">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          end(true);
        }}
      >
        <input
          ref={input}
          aria-label={t("rename")}
          maxLength={200}
          defaultValue={item.title}
          onBlur={() => end(true)}
          onKeyDown={(event) => {
            if (event.key !== "Escape") return;
            event.stopPropagation();
            end(false);
          }}
        />
      </form>
    </li>
  );
}

function day(seconds: number, locale: string): string {
  return new Date(seconds * 1000).toLocaleString(locale, { dateStyle: "medium", timeStyle: "short" });
}
