import type { JSX, RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useCell, useChat } from "./context";

const OLDER_TURNS = 25;

/** Brings earlier turns when the reader comes near the top, and keeps what is being read where it stands. */
export function Older({ scroller }: { readonly scroller: RefObject<HTMLDivElement | null> }): JSX.Element {
  const { client, t } = useChat();
  const { conversation } = useCell(client.thread.head);
  const [asking, setAsking] = useState(false);
  /** It could not be had: from now on only the button asks. */
  const [failed, setFailed] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const load = async (): Promise<void> => {
    const before = client.thread.order.value[0];
    if (before === undefined || asking) return;
    setAsking(true);
    const answer = await client.history(before, OLDER_TURNS);
    setAsking(false);
    setFailed(answer === null);
    if (answer === null || answer.conversation !== client.thread.conversation) return;
    keepPlace(scroller.current, () => client.thread.prepend(answer.turns, answer.more ?? false));
  };
  useEffect(() => {
    if (button.current === null || failed) return undefined;
    const seen = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && void load(),
      { root: scroller.current, rootMargin: "300px 0px 0px" },
    );
    seen.observe(button.current);
    return () => seen.disconnect();
  }, [asking, failed, conversation]);
  return (
    <button ref={button} type="button" class="button older" disabled={asking} onClick={() => void load()}>
      {t(asking ? "loading" : "load_older")}
    </button>
  );
}

/** Whatever `change` puts above, the reader's place stays: it is drawn at the next frame, and put right before the paint. */
function keepPlace(log: HTMLElement | null, change: () => void): void {
  const inside = log?.firstElementChild;
  if (!(inside instanceof HTMLElement) || log === null) return change();
  const height = inside.offsetHeight;
  const fromEnd = log.scrollHeight - log.scrollTop;
  log.style.overflowAnchor = "none";
  change();
  const grown = new ResizeObserver(() => {
    if (inside.offsetHeight === height) return;
    grown.disconnect();
    log.scrollTop = log.scrollHeight - fromEnd;
    log.style.overflowAnchor = "";
  });
  grown.observe(inside);
}
