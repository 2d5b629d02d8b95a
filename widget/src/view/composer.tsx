import type { JSX, RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Profile, SentPart } from "../protocol";
import { acceptAttribute, useAttachments, type Attachments } from "./attachments";
import { useCell, useChat } from "./context";
import { Icon, IconButton } from "./icons";
import { lazy } from "./lazy";

const AttachmentRow = lazy(async () => (await import("./attach")).AttachmentRow);

interface ComposerProps {
  readonly box: RefObject<HTMLTextAreaElement | null>;
  /** Files dropped anywhere on the window arrive here. */
  readonly dropped: RefObject<((files: readonly File[]) => void) | null>;
  readonly sent: () => void;
}

/** Where the visitor writes. What is typed is never lost: a refused message comes back into the box. */
export function Composer({ box, dropped, sent }: ComposerProps): JSX.Element {
  const { client, t } = useChat();
  const profile = useCell(client.profile);
  const [filled, setFilled] = useState(false);
  const [complaint, setComplaint] = useState("");
  const attachments = useAttachments(setComplaint);
  const changed = (): void => setFilled((box.current?.value.trim() ?? "") !== "");
  const send = useSend(box, attachments, setComplaint);
  dropped.current = attachments.add;
  useReturned(box, changed, setComplaint);

  const submit = (event: Event): void => {
    event.preventDefault();
    if (!send()) return;
    changed();
    sent();
  };
  const input = (): void => {
    changed();
    setComplaint("");
  };
  const key = (event: KeyboardEvent): void => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) submit(event);
  };
  const paste = (event: ClipboardEvent): void => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    attachments.add(files);
  };
  return (
    <form class="composer" part="composer" onSubmit={submit}>
      {complaint === "" ? null : <p class="complaint" role="alert" dir="auto">{complaint}</p>}
      {attachments.items.length === 0 ? null : <AttachmentRow attachments={attachments} />}
      <div class="composer-row">
        {profile?.accepts?.files ? <AttachButton profile={profile} attachments={attachments} /> : null}
        <textarea
          ref={box}
          rows={1}
          dir="auto"
          part="input"
          aria-label={t("message")}
          placeholder={profile?.input_placeholder || t("message_placeholder")}
          onInput={input}
          onKeyDown={key}
          onPaste={paste}
        />
        <SendOrStop idle={!filled && attachments.items.length === 0} busy={isUploading(attachments)} />
      </div>
    </form>
  );
}

function isUploading(attachments: Attachments): boolean {
  return attachments.items.some((item) => item.uploaded === null);
}

/** Sends what is in the box, if it may be sent; says whether it was. */
function useSend(
  box: RefObject<HTMLTextAreaElement | null>,
  attachments: Attachments,
  complain: (sentence: string) => void,
): () => boolean {
  const { client, host, t } = useChat();
  return () => {
    const area = box.current;
    if (area === null || isUploading(attachments)) return false;
    const text = area.value;
    if (text.trim() === "" && attachments.items.length === 0) return false;
    const limit = client.profile.value?.accepts?.max_length ?? Infinity;
    if (text.length > limit) {
      complain(t("error_too_long", { length: text.length, limit }));
      return false;
    }
    const words: SentPart[] = text.trim() === "" ? [] : [{ type: "text", text }];
    client.send([...words, ...attachments.take()]);
    host.emit("send", { text });
    area.value = "";
    area.focus();
    return true;
  };
}

/** Puts a refused message back into the box, with the reason. */
function useReturned(
  box: RefObject<HTMLTextAreaElement | null>,
  changed: () => void,
  complain: (sentence: string) => void,
): void {
  const { client } = useChat();
  const returned = useCell(client.returned);
  useEffect(() => {
    if (returned === null || box.current === null) return;
    const typed = box.current.value;
    box.current.value = [returned.text, typed].filter((text) => text !== "").join("\n");
    changed();
    complain(returned.reason);
    client.returned.value = null;
  }, [returned]);
}

interface SendOrStopProps {
  readonly idle: boolean;
  readonly busy: boolean;
}

/** One button: it stops the running turn while the box is empty, else it sends. */
function SendOrStop({ idle, busy }: SendOrStopProps): JSX.Element {
  const { client, t } = useChat();
  const profile = useCell(client.profile);
  const running = useCell(client.thread.running);
  const labels = profile?.labels ?? {};
  if (running === null || !idle || profile?.abilities?.stop !== true) {
    const label = labels.submit || t("send");
    return (
      <button type="submit" class="send" part="send" aria-label={label} title={label} disabled={idle || busy}>
        <Icon name="send" />
      </button>
    );
  }
  const stop = (): void => {
    client.command({ type: "stop", conversation: client.thread.conversation, turn: running });
  };
  const label = labels.stop || t("stop");
  return (
    <button type="button" class="send stop" part="stop" aria-label={label} title={label} onClick={stop}>
      <Icon name="stop" />
    </button>
  );
}

function AttachButton({ profile, attachments }: { readonly profile: Profile; readonly attachments: Attachments }): JSX.Element {
  const { t } = useChat();
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        hidden
        multiple={profile.accepts?.max_files !== 1}
        accept={acceptAttribute(profile.accepts?.file_types ?? [])}
        onChange={(event) => {
          attachments.add([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = "";
        }}
      />
      <IconButton icon="attach" label={t("add_files")} onClick={() => input.current?.click()} />
    </>
  );
}
