import type { JSX } from "preact";
import type { Control, Message, Notice, ReplyBody, TurnState } from "../protocol";
import { CopyButton } from "./code";
import { useCell, useChat } from "./context";
import { FeedbackButtons } from "./feedback";
import { Icon, IconButton } from "./icons";
import { Options } from "./options";
import { Artifact, Parts } from "./parts";
import { QueueLine } from "./turn";

interface ReplyProps {
  readonly body: ReplyBody;
  readonly turn: TurnState;
  readonly newest: boolean;
}

/** The assistant's side of a turn. */
export function Reply({ body, turn, newest }: ReplyProps): JSX.Element {
  const { t } = useChat();
  const running = isRunning(body, turn);
  const messages = body.messages ?? [];
  return (
    <article class={running ? "reply running" : "reply"} part="reply" aria-label={t("reply")} aria-busy={running}>
      {messages.map((message, index) => (
        <div class="message" key={index} dir="auto">
          <Parts parts={message.parts} live={running} />
        </div>
      ))}
      {(body.artifacts ?? []).map((artifact, index) => (
        <Artifact key={index} artifact={artifact} />
      ))}
      {running && isEmpty(messages) ? <Dots /> : null}
      {(body.notices ?? []).map((notice, index) => (
        <NoticeLine key={index} notice={notice} />
      ))}
      {body.state === "stopped" ? <p class="status">{t("stopped")}</p> : null}
      {body.state === "failed" ? (
        <TurnError turn={turn} sentence={body.error ?? turn.error ?? ""} retry={hasControl(body, "retry")} />
      ) : null}
      {running ? null : <Ended body={body} turn={turn} newest={newest} />}
    </article>
  );
}

/** What a reply that has ended takes. */
function Ended({ body, turn, newest }: ReplyProps): JSX.Element {
  const messages = body.messages ?? [];
  return (
    <>
      {newest && hasControl(body, "choose") ? <Options messages={messages} turn={turn.turn} /> : null}
      {isEmpty(messages) ? null : <Actions body={body} turn={turn} />}
    </>
  );
}

function isEmpty(messages: readonly Message[]): boolean {
  return messages.every((message) => message.parts.length === 0);
}

/** The turn's own state runs ahead of the last words: an answered turn's reply may still be on its way. */
function isRunning(body: ReplyBody, turn: TurnState): boolean {
  return (body.state ?? "running") === "running" && UNDER_WAY.has(turn.state);
}

const UNDER_WAY: ReadonlySet<TurnState["state"]> = new Set(["received", "running", "answered"]);

export function hasControl(body: ReplyBody, control: Control): boolean {
  return (body.controls ?? []).includes(control);
}

function Dots(): JSX.Element {
  const { t } = useChat();
  return (
    <span class="dots" role="img" aria-label={t("running")}>
      <i />
      <i />
      <i />
    </span>
  );
}

export function NoticeLine({ notice }: { readonly notice: Notice }): JSX.Element {
  if (notice.level === "queue") return <QueueLine rank={notice.rank ?? 0} eta={notice.eta} />;
  const words = [notice.title, notice.text].filter(Boolean).join(" · ");
  if (notice.level === "progress") {
    return (
      <div class="progress">
        <progress value={notice.progress} max={1} aria-label={words} />
        <span class="status" dir="auto">
          {words}
          {notice.progress === undefined ? null : ` ${Math.round(notice.progress * 100)} %`}
        </span>
      </div>
    );
  }
  return (
    <div class={`notice ${notice.level}`} role="note" dir="auto">
      {notice.level === "info" ? null : <Icon name="warning" />}
      <span>{words}</span>
    </div>
  );
}

interface TurnErrorProps {
  readonly turn: TurnState;
  readonly sentence: string;
  readonly retry: boolean;
}

export function TurnError({ turn, sentence, retry }: TurnErrorProps): JSX.Element {
  const { client, t } = useChat();
  return (
    <div class="notice error" role="alert" dir="auto">
      <Icon name="warning" />
      <span>{sentence}</span>
      {retry ? (
        <button
          type="button"
          class="button"
          onClick={() =>
            client.command({ type: "retry", conversation: client.thread.conversation, turn: turn.turn })
          }
        >
          {t("retry")}
        </button>
      ) : null}
    </div>
  );
}

function Actions({ body, turn }: { readonly body: ReplyBody; readonly turn: TurnState }): JSX.Element {
  const { client, t } = useChat();
  const profile = useCell(client.profile);
  const abilities = profile?.abilities ?? {};
  const { conversation } = client.thread;
  const text = textOf(body);
  const retry = abilities.retry === true && hasControl(body, "retry") && body.state !== "failed";
  return (
    <div class="actions" role="group">
      {text === "" ? null : <CopyButton text={text} icon />}
      {hasControl(body, "rate") ? <FeedbackButtons turn={turn} message={(body.messages ?? []).length - 1} /> : null}
      {retry ? (
        <IconButton
          icon="retry"
          kind="small"
          label={t("retry")}
          onClick={() => client.command({ type: "retry", conversation, turn: turn.turn })}
        />
      ) : null}
      {abilities.undo === true && hasControl(body, "undo") ? (
        <IconButton
          icon="undo"
          kind="small"
          label={t("undo")}
          onClick={() => client.command({ type: "undo", conversation })}
        />
      ) : null}
    </div>
  );
}

/** The words of a reply, outside its thoughts. */
export function textOf(body: ReplyBody): string {
  return (body.messages ?? [])
    .flatMap((message) => message.parts)
    .flatMap((part) => (part.type === "text" ? [part.text] : []))
    .join("\n\n");
}
