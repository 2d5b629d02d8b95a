import type { JSX, RefObject } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Message } from "../protocol";
import { useCell, useChat } from "./context";
import { Icon } from "./icons";
import { lazy } from "./lazy";
import { memo } from "./memo";
import { Options } from "./options";
import { Parts } from "./parts";
import { Turn } from "./turn";
import { SketchMessage } from "./user_message";
import { Welcome } from "./welcome";

const Older = lazy(async () => (await import("./older")).Older);

/** More turns than these are not held while the reader is at the end; these are left then. */
const MOST_TURNS = 20;
const KEPT_TURNS = 14;
/** Closer to the end than this, in px, the reader is taken to follow what is written. */
const AT_END_PX = 48;

interface LogProps {
  /** Called with a function that scrolls to the end. */
  readonly follow: RefObject<(() => void) | null>;
  /** A panel lies over it: nothing in it can be reached. */
  readonly covered: boolean;
}

/** The messages. It follows the end only while the reader is there. */
export function Log({ follow, covered }: LogProps): JSX.Element {
  const { client, t } = useChat();
  const scroller = useRef<HTMLDivElement>(null);
  const content = useRef<HTMLDivElement>(null);
  const follows = useCell(client.profile)?.look?.autoscroll !== false;
  const [behind, jump, said, isAtEnd] = useFollow(scroller, content, follows);
  const { conversation, more } = useCell(client.thread.head);
  const { length } = useCell(client.thread.order);
  useEffect(() => {
    const log = scroller.current;
    const { offsetHeight: height = 0, childElementCount: count = 1 } = content.current ?? {};
    // What is left fills the window, with room above: else the older turns would be asked for at once.
    const fills = log !== null && (height * KEPT_TURNS) / count > 2 * log.clientHeight + 600;
    if (length > MOST_TURNS && fills && isAtEnd() && !inUse(log)) client.thread.keepNewest(KEPT_TURNS);
  }, [length, behind]);
  follow.current = said;
  useLayoutEffect(jump, [conversation]);
  return (
    <div class="stage" inert={covered}>
      <div class="log" ref={scroller} part="log" role="log" aria-live="off" aria-label={t("messages")} tabIndex={0}>
        <div class="log-content" ref={content}>
          {more ? <Older scroller={scroller} /> : null}
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

/** Is something in there being edited, shown beside, or played? It is not to be taken away. */
function inUse(log: HTMLElement): boolean {
  const media = [...log.querySelectorAll<HTMLMediaElement>("audio,video")];
  return log.querySelector(".editor,[aria-expanded=true]") !== null || media.some((one) => !one.paused);
}

const Messages = memo(() => {
  const { client } = useChat();
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
  return (
    <>
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
  follows: boolean,
): readonly [behind: boolean, jump: () => void, said: () => void, isAtEnd: () => boolean] {
  const atEnd = useRef(true);
  /** Where the app's page does not follow replies, the end is followed until something is said. */
  const talked = useRef(false);
  const [behind, setBehind] = useState(false);
  const jump = (): void => {
    const log = scroller.current;
    if (log === null) return;
    atEnd.current = true;
    log.scrollTop = log.scrollHeight;
    setBehind(false);
  };
  const said = (): void => {
    talked.current = true;
    // What was said is drawn in the next frame.
    requestAnimationFrame(() => requestAnimationFrame(jump));
  };
  useEffect(() => {
    const log = scroller.current;
    const inside = content.current;
    if (log === null || inside === null) return undefined;
    const far = (): boolean => log.scrollHeight - log.scrollTop - log.clientHeight >= AT_END_PX;
    let height = inside.offsetHeight;
    let top = log.scrollTop;
    // The event comes late: the content may have grown again since. Only moving up is the reader's own doing.
    const scrolled = (): void => {
      const near = !far();
      if (near || log.scrollTop < top) atEnd.current = near;
      top = log.scrollTop;
      if (near) setBehind(false);
    };
    const resized = new ResizeObserver(() => {
      const grew = inside.offsetHeight > height;
      height = inside.offsetHeight;
      const may = follows || !grew || !talked.current;
      if (atEnd.current && may) log.scrollTop = log.scrollHeight;
      else if (grew && far()) setBehind(true);
    });
    resized.observe(inside);
    resized.observe(log);
    log.addEventListener("scroll", scrolled, { passive: true });
    return () => {
      resized.disconnect();
      log.removeEventListener("scroll", scrolled);
    };
  }, [follows]);
  return [behind, jump, said, () => atEnd.current];
}

