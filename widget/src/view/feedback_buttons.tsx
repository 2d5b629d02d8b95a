import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import type { TurnState } from "../protocol";
import { useCell, useChat } from "./context";
import { IconButton } from "./icons";
import { lazy } from "./lazy";
import { Menu } from "./menu";

const CommentForm = lazy(async () => (await import("./comment")).CommentForm);

interface FeedbackProps {
  readonly turn: TurnState;
  readonly message: number;
  /** It is the visitor's own message that is rated. */
  readonly ofUser?: boolean;
}

/** What the app takes as feedback: thumbs, and its own words in a menu. Pressed again it is taken back. */
export function FeedbackButtons({ turn, message, ofUser = false }: FeedbackProps): JSX.Element {
  const { client, t } = useChat();
  const [commenting, setCommenting] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const feedback = useCell(client.profile)?.feedback ?? {};
  const given = (turn.ratings ?? []).find((rating) => (rating.of_user ?? false) === ofUser)?.value ?? "";
  const others = feedback.others ?? [];
  const give = (value: string, comment = ""): void => {
    const { conversation } = client.thread;
    const of = ofUser ? { of_user: true } : {};
    const words = comment === "" ? {} : { comment };
    client.command({ type: "rate", conversation, turn: turn.turn, message, value, ...of, ...words });
  };
  const rate = (value: string): void => {
    const taken = value === given;
    give(taken ? "" : value);
    if (!taken) client.notice.value = { type: "notice", level: "info", text: t("feedback_thanks") };
    setCommenting(!taken && feedback.comment === true && value !== "Like");
  };
  const labels = ofUser ? ({ Like: "like_message", Dislike: "dislike_message" } as const) : ({ Like: "like", Dislike: "dislike" } as const);
  const thumb = (value: "Like" | "Dislike"): JSX.Element => (
    <IconButton
      icon={value === "Like" ? "like" : "dislike"}
      label={t(labels[value])}
      kind="small"
      pressed={given === value}
      onClick={() => rate(value)}
    />
  );
  const end = (comment: string): void => {
    setCommenting(false);
    if (comment !== "") give(given, comment);
    root.current?.querySelector<HTMLElement>("[aria-pressed='true'], button")?.focus();
  };
  return (
    <div class="menu-anchor" ref={root}>
      {feedback.like ? thumb("Like") : null}
      {feedback.dislike ? thumb("Dislike") : null}
      {others.length === 0 ? null : (
        <Menu
          icon="more"
          label={others.includes(given) ? t("rated", { value: given }) : t("feedback")}
          kind="small"
          items={others.map((value) => ({ label: value, checked: value === given, choose: () => rate(value) }))}
        />
      )}
      {commenting && given !== "" ? <CommentForm end={end} /> : null}
    </div>
  );
}
