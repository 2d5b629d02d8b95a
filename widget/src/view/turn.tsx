import type { JSX } from "preact";
import type { Cell } from "../state/cell";
import type { PostState, TurnState } from "../protocol";
import { useCell, useChat } from "./context";
import { memo } from "./memo";
import { Reply, TurnError } from "./reply";
import { UserMessage } from "./user_message";

interface TurnProps {
  readonly cell: Cell<TurnState>;
  /** It is the conversation's last: its controls are always to be seen. */
  readonly newest: boolean;
}

/** One message of the visitor's and what came of it. */
export const Turn = memo(({ cell, newest }: TurnProps) => {
  const turn = useCell(cell);
  const answered = turn.posts.some((post) => post.role === "assistant");
  return (
    <div class={newest ? "turn newest" : "turn"} part="turn">
      {turn.posts.map((post) => (
        <Post key={post.post} post={post} turn={turn} newest={newest} />
      ))}
      {answered ? null : <Awaited turn={turn} />}
    </div>
  );
});

interface PostProps {
  readonly post: PostState;
  readonly turn: TurnState;
  readonly newest: boolean;
}

function Post({ post, turn, newest }: PostProps): JSX.Element {
  const { body } = post;
  if (body.type === "reply") return <Reply body={body} turn={turn} newest={newest} />;
  if (body.type === "message") return <UserMessage message={body} turn={turn} />;
  return (
    <div class="divider" role="separator">
      <span>{body.text}</span>
    </div>
  );
}

/** What stands where the reply will be. */
function Awaited({ turn }: { readonly turn: TurnState }): JSX.Element | null {
  const { t } = useChat();
  if (turn.state === "failed") return <TurnError turn={turn} sentence={turn.error ?? ""} retry={false} />;
  if (turn.state === "undeliverable") return <p class="status">{turn.error ?? t("undeliverable")}</p>;
  if (turn.state === "stopped") return <p class="status">{t("stopped")}</p>;
  if (turn.state !== "running" && turn.state !== "received") return null;
  const { queue } = turn;
  return (
    <div class="reply awaited">
      <span class="dots" role="img" aria-label={t("running")}>
        <i />
        <i />
        <i />
      </span>
      {queue === undefined ? null : <QueueLine rank={queue.rank} eta={queue.eta} />}
    </div>
  );
}

export function QueueLine({ rank, eta }: { readonly rank: number; readonly eta: number | undefined }): JSX.Element {
  const { t } = useChat();
  const words =
    rank === 0
      ? t("queue_next")
      : eta === undefined
        ? t("queue", { rank })
        : t("queue_eta", { rank, seconds: Math.max(1, Math.round(eta)) });
  return <span class="status">{words}</span>;
}
