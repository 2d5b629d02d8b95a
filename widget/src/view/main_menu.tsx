import type { JSX } from "preact";
import { part, useCell, useChat, type Chat } from "./context";
import type { MenuItem } from "./menu";
import { MenuList, type OpenMenu } from "./menu_list";
import type { TranscriptForm } from "./transcript";

/** What can be done with the whole chat, and the buttons of the app's own page. */
export function MainMenu(menu: OpenMenu): JSX.Element {
  return <MenuList {...menu} items={useItems()} />;
}

function useItems(): readonly MenuItem[] {
  const chat = useChat();
  const { client, t, ask } = chat;
  const profile = useCell(client.profile);
  const empty = useCell(client.thread.order).length === 0;
  const unknown = useCell(client.conversations).length === 0 && empty;
  const conversation = (): number => client.thread.conversation;
  const items: MenuItem[] = [
    { label: t("new_conversation"), icon: "plus", choose: () => client.newConversation() },
  ];
  if (profile?.abilities?.clear === true && !empty) {
    const act = (): void => {
      client.command({ type: "clear", conversation: conversation() });
    };
    const question = { sentence: t("clear_confirm"), verb: t("clear"), act };
    items.push({ label: t("clear"), icon: "clear", choose: () => ask(question) });
  }
  if (!empty) {
    const download = (form: TranscriptForm) => () => void keepTranscript(chat, form);
    items.push({ label: t("download_markdown"), icon: "download", choose: download("markdown") });
    items.push({ label: t("download_json"), icon: "download", choose: download("json") });
  }
  for (const button of profile?.buttons ?? []) {
    const press = (): void => {
      client.command({ type: "press", conversation: conversation(), button: button.id });
    };
    items.push({ label: button.label, choose: press });
  }
  if (!unknown) {
    const question = { sentence: t("forget_me_confirm"), verb: t("delete"), act: () => client.forgetMe() };
    items.push({ label: t("forget_me"), icon: "warning", choose: () => ask(question) });
  }
  return items;
}

/** Lets the visitor keep the whole conversation as a file. */
async function keepTranscript(chat: Chat, form: TranscriptForm): Promise<void> {
  const { client, t } = chat;
  const late = await part(chat, () => import("./transcript"));
  if (late === null) return;
  const { title, greeting = client.profile.value?.greeting ?? [] } = client.thread.head.value;
  const turns = await late.wholeConversation(client);
  if (turns === null) client.notice.value = { type: "notice", level: "error", text: t("error_transcript") };
  else late.save(form, { title: title || t("title"), greeting, turns, resolve: (url) => client.resolve(url) }, t);
}
