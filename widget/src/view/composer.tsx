import type { JSX, RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Accepts, SentMedia, SentPart } from "../protocol";
import { bytes } from "../text";
import { acceptAttribute, useAttachments, type Attachments } from "./attachments";
import { useCell, useChat } from "./context";
import { Icon, IconButton } from "./icons";
import { lazy } from "./lazy";
import { Menu } from "./menu";

const AttachmentRow = lazy(async () => (await import("./attach")).AttachmentRow);
const Camera = lazy(async () => (await import("./camera")).Camera);
const Microphones = lazy(async () => (await import("./microphones")).Microphones);
const VoiceDock = lazy(async () => (await import("../voice/dock")).VoiceDock);
const Recorder = lazy(async () => (await import("./recorder")).Recorder);

interface ComposerProps {
  readonly box: RefObject<HTMLTextAreaElement | null>;
  /** Files dropped anywhere on the window arrive here. */
  readonly dropped: RefObject<((files: readonly File[]) => void) | null>;
  readonly sent: () => void;
}

/** A device that takes a part of the message in place of the keys. */
type Device = "camera" | "microphone" | "call" | null;

/** Where the visitor writes. What is typed is never lost: a refused message comes back into the box. */
export function Composer({ box, dropped, sent }: ComposerProps): JSX.Element {
  const { client, t } = useChat();
  const profile = useCell(client.profile);
  const [filled, setFilled] = useState(false);
  const [complaint, setComplaint] = useState("");
  const [device, use] = useDevice(setComplaint);
  const attachments = useAttachments(setComplaint);
  const changed = (): void => setFilled((box.current?.value.trim() ?? "") !== "");
  const send = useSend(box, attachments, setComplaint);
  const accepts = profile?.accepts ?? {};
  dropped.current = attachments.add;
  useKept(box, attachments, changed);
  useReturned(box, attachments, changed, setComplaint);
  useAutofocus(box);

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
  const captured = (file: File | null, sentence?: string): void => {
    use(null, sentence);
    if (file !== null) attachments.add([file]);
    // The box may be hidden until the device is gone from the page.
    requestAnimationFrame(() => box.current?.focus());
  };
  return (
    <form class="composer" part="composer" onSubmit={submit}>
      {complaint === "" ? null : <p class="complaint" role="alert" dir="auto">{complaint}</p>}
      {attachments.items.length === 0 ? null : <AttachmentRow attachments={attachments} />}
      {device === "microphone" ? <Recorder done={captured} /> : null}
      {device === "camera" ? <Camera done={captured} /> : null}
      {device === "call" ? <VoiceDock done={captured} /> : null}
      <div class="composer-row" hidden={device === "microphone"}>
        {accepts.files ? <AttachButton accepts={accepts} attachments={attachments} use={use} /> : null}
        <textarea
          ref={box}
          rows={1}
          dir="auto"
          part="input"
          aria-label={t("message")}
          placeholder={profile?.input_placeholder || t("message_placeholder")}
          onInput={input}
          onKeyDown={key}
          onPaste={(event) => paste(event, attachments)}
        />
        {device === "call" ? null : <Microphones records={(accepts.microphone ?? false) && canCapture()} use={use} />}
        <SendOrStop idle={!filled && attachments.items.length === 0} busy={isUploading(attachments)} />
      </div>
    </form>
  );
}

/** The device in use; another one comes, or none, with a sentence about it in place of those before. */
function useDevice(complain: (sentence: string) => void): [Device, (wanted: Device, sentence?: string) => void] {
  const [device, setDevice] = useState<Device>(null);
  const use = (wanted: Device, sentence = ""): void => {
    setDevice(wanted);
    complain(sentence);
  };
  return [device, use];
}

/** Attaches files that are pasted; text goes into the box as ever. */
function paste(event: ClipboardEvent, attachments: Attachments): void {
  const files = [...(event.clipboardData?.files ?? [])];
  if (files.length === 0) return;
  event.preventDefault();
  attachments.add(files);
}

/** Pages of plain HTTP have no devices. */
function canCapture(): boolean {
  return (navigator as { mediaDevices?: MediaDevices }).mediaDevices !== undefined;
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
    complain("");
    const words: SentPart[] = text.trim() === "" ? [] : [{ type: "text", text }];
    area.value = client.typed = "";
    client.send([...words, ...attachments.take()]);
    host.emit("send", { text });
    area.focus();
    return true;
  };
}

interface Draft {
  readonly text: string;
  readonly files: readonly SentMedia[];
}

/** Keeps what stands in the box when the page goes, or takes the window away, and puts it back. */
function useKept(box: RefObject<HTMLTextAreaElement | null>, attachments: Attachments, changed: () => void): void {
  const { client } = useChat();
  const files = useRef<readonly SentMedia[]>([]);
  files.current = attachments.items.flatMap(({ uploaded }) => (uploaded === null ? [] : [uploaded]));
  useEffect(() => {
    const area = box.current;
    if (area === null) return undefined;
    if (client.typed !== "") {
      const draft = JSON.parse(client.typed) as Draft;
      area.value = draft.text;
      attachments.put(draft.files);
      changed();
    }
    const changes = client.changes.value;
    const keep = (): void => {
      if (client.changes.value !== changes) return;
      const draft: Draft = { text: area.value, files: files.current };
      client.typed = draft.text === "" && draft.files.length === 0 ? "" : JSON.stringify(draft);
    };
    addEventListener("pagehide", keep);
    document.addEventListener("visibilitychange", keep);
    return () => {
      keep();
      removeEventListener("pagehide", keep);
      document.removeEventListener("visibilitychange", keep);
    };
  }, []);
}

/** Puts a refused message back into the box, with the reason. */
function useReturned(
  box: RefObject<HTMLTextAreaElement | null>,
  attachments: Attachments,
  changed: () => void,
  complain: (sentence: string) => void,
): void {
  const { client, host, t } = useChat();
  const returned = useCell(client.returned);
  useEffect(() => {
    if (returned === null || box.current === null) return;
    const typed = box.current.value;
    box.current.value = [returned.text, typed].filter((text) => text !== "").join("\n");
    attachments.put(returned.files);
    changed();
    const size = bytes(client.limits.value.frame_bytes ?? 0, t.locale);
    const message = returned.reason || t("error_too_large", { size });
    complain(message);
    host.emit("error", { message });
    client.returned.value = null;
  }, [returned]);
}

/** A page of its own has the focus in the box where the app's page has it there. */
function useAutofocus(box: RefObject<HTMLTextAreaElement | null>): void {
  const { client, host } = useChat();
  const wanted = useCell(client.profile)?.look?.autofocus === true && host.placement === "page";
  useEffect(() => {
    if (wanted && document.activeElement === document.body) box.current?.focus();
  }, [wanted]);
}

interface SendOrStopProps {
  readonly idle: boolean;
  readonly busy: boolean;
}

/** One button: it stops the running turn while the box is empty, else it sends. */
function SendOrStop({ idle, busy }: SendOrStopProps): JSX.Element | null {
  const { client, t } = useChat();
  const profile = useCell(client.profile);
  const running = useCell(client.thread.running);
  const labels = profile?.labels ?? {};
  if (running === null || !idle || profile?.abilities?.stop !== true) {
    const label = labels.submit || t("send");
    if (profile?.look?.send_button === false) return null;
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

interface AttachButtonProps {
  readonly accepts: Accepts;
  readonly attachments: Attachments;
  readonly use: (device: Device) => void;
}

function AttachButton({ accepts, attachments, use }: AttachButtonProps): JSX.Element {
  const { t } = useChat();
  const input = useRef<HTMLInputElement>(null);
  const choose = (): void => input.current?.click();
  const items = [
    { label: t("add_files"), icon: "attach", choose },
    { label: t("take_photo"), icon: "camera", choose: () => use("camera") },
  ] as const;
  return (
    <>
      <input
        ref={input}
        type="file"
        hidden
        multiple={accepts.max_files !== 1}
        accept={acceptAttribute(accepts.file_types ?? [])}
        onChange={(event) => {
          attachments.add([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = "";
        }}
      />
      {accepts.camera && canCapture() ? (
        <Menu icon="plus" label={t("add")} items={items} />
      ) : (
        <IconButton icon="attach" label={t("add_files")} onClick={choose} />
      )}
    </>
  );
}
