import type { JSX, RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Message } from "../protocol";
import { useCell, useChat } from "./context";
import { Icon } from "./icons";
import { memo } from "./memo";
import { Options } from "./options";
import { Parts } from "./parts";
import { Turn } from "./turn";
import { SketchMessage } from "./user_message";
import { Welcome } from "./welcome";

/** Closer to the end than this, in px, the reader is taken to follow what is written. */
const AT_END_PX = 48;
const OLDER_TURNS = 50;

interface LogProps {
  /** Called with a function that scrolls to the end. */
  readonly follow: RefObject<(() => void) | null>;
}

/** The messages. It follows the end only while the reader is there. */
export function Log({ follow }: LogProps): JSX.Element {
  const { client, t } = useChat();
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const [behind, jump] = useFollow(scroller, content);
  const { conversation } = useCell(client.thread.head);
  follow.current = jump;
  useLayoutEffect(jump, [conversation]);
  return (
    <div class="stage">
      <div class="log" ref={scroller} part="log" role="log" aria-live="off" aria-label={t("messages")} tabIndex={0}>
        <div class="log-content" ref={content}>
          <Messages />
        </div>
      </div>
      {behind ? (
        <button type="button" class="jump" part="jump" onClick={jump}>
          <Icon name="down" />
          {t("jump_to_end")}
        </button>
      ) : null}
    </div>
  );
}

const Messages = memo(() => {
  const { client, t } = useChat();
  const head = useCell(client.thread.head);
  const order = useCell(client.thread.order);
  const profile = useCell(client.profile);
  const loading = useCell(client.loading);
  const sketches = useCell(client.sketches).filter(
    (sketch) =>
      sketch.conversation === head.conversation && (head.conversation !== 0 || sketch.draft === client.draft),
  );
  const greeting = head.greeting ?? profile?.greeting ?? [];
  const empty = order.length === 0 && sketches.length === 0;
  const older = (): void => {
    const before = order[0];
    if (before !== undefined) {
      client.command({ type: "history.get", conversation: head.conversation, before, limit: OLDER_TURNS });
    }
  };
  return (
    <>
      {head.more ? (
        <button type="button" class="button older" onClick={older}>
          {t("load_older")}
        </button>
      ) : null}
      {head.more ? null : <Greeting messages={greeting} />}
      {empty && !loading ? <Options messages={greeting} turn={0} /> : null}
      {empty && !loading ? <Welcome greeted={greeting.length > 0} /> : null}
      {order.map((turn, index) => {
        const cell = client.thread.turn(turn);
        return cell === undefined ? null : <Turn key={turn} cell={cell} newest={index === order.length - 1} />;
      })}
      {sketches.map((sketch) => (
        <SketchMessage key={sketch.id} sketch={sketch} />
      ))}
    </>
  );
});

function Greeting({ messages }: { readonly messages: readonly Message[] }): JSX.Element {
  return (
    <>
      {messages.map((message, index) => (
        <div class={message.role === "user" ? "from-user" : "reply"} key={index}>
          <div class={message.role === "user" ? "bubble" : "message"} dir="auto">
            <Parts parts={message.parts} live={false} />
          </div>
        </div>
      ))}
    </>
  );
}

/** Keeps the end in view while the reader is there; says whether there is something new below. */
function useFollow(
  scroller: RefObject<HTMLDivElement | null>,
  content: RefObject<HTMLDivElement | null>,
): readonly [boolean, () => void] {
  const atEnd = useRef(true);
  const [behind, setBehind] = useState(false);
  const jump = (): void => {
    const log = scroller.current;
    if (log === null) return;
    atEnd.current = true;
    log.scrollTop = log.scrollHeight;
    setBehind(false);
  };
  useEffect(() => {
    const log = scroller.current;
    const inside = content.current;
    if (log === null || inside === null) return undefined;
    let height = inside.offsetHeight;
    let top = log.scrollTop;
    // The event comes late: the content may have grown again since. Only moving up is the reader's own doing.
    const scrolled = (): void => {
      const near = log.scrollHeight - log.scrollTop - log.clientHeight < AT_END_PX;
      if (near || log.scrollTop < top) atEnd.current = near;
      top = log.scrollTop;
      if (near) setBehind(false);
    };
    const resized = new ResizeObserver(() => {
      const grew = inside.offsetHeight > height;
      height = inside.offsetHeight;
      if (atEnd.current) log.scrollTop = log.scrollHeight;
      else if (grew) setBehind(true);
    });
    resized.observe(inside);
    resized.observe(log);
    log.addEventListener("scroll", scrolled, { passive: true });
    return () => {
      resized.disconnect();
      log.removeEventListener("scroll", scrolled);
    };
  }, []);
  return [behind, jump];
}

