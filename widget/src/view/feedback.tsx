import type { JSX } from "preact";
import type { TurnState } from "../protocol";
import { useCell, useChat } from "./context";
import { IconButton } from "./icons";
import { Menu } from "./menu";

/** What the app takes as feedback on a reply: thumbs, and its own words in a menu. Pressed again it is taken back. */
export function FeedbackButtons({ turn, message }: { readonly turn: TurnState; readonly message: number }): JSX.Element {
  const { client, t, announce } = useChat();
  const feedback = useCell(client.profile)?.feedback ?? {};
  const given = (turn.ratings ?? []).find((rating) => !rating.of_user)?.value ?? "";
  const others = feedback.others ?? [];
  const rate = (value: string): void => {
    const { conversation } = client.thread;
    client.command({ type: "rate", conversation, turn: turn.turn, message, value: value === given ? "" : value });
    if (value !== given) announce(t("feedback_thanks"));
  };
  const thumb = (value: "Like" | "Dislike"): JSX.Element => (
    <IconButton
      icon={value === "Like" ? "like" : "dislike"}
      label={t(value === "Like" ? "like" : "dislike")}
      kind="small"
      pressed={given === value}
      onClick={() => rate(value)}
    />
  );
  return (
    <>
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
    </>
  );
}
