import { render, type ComponentChildren, type JSX, type RefObject } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { ChatContext, useChat } from "./context";
import { IconButton } from "./icons";

interface BesideProps {
  /** Something in the chat that this belongs to. */
  readonly anchor: RefObject<HTMLElement | null>;
  readonly title: string;
  readonly actions: ComponentChildren;
  readonly close: () => void;
  readonly children: ComponentChildren;
}

/** What stands beside the chat in each window: one thing at a time. */
const standing = new WeakMap<Element, { readonly close: () => void }>();

/**
 * Its children beside the messages where the window is wide, over them where it is not. It takes the focus, and gives
 * it back to the anchor.
 */
export function Beside({ anchor, title, actions, close, children }: BesideProps): null {
  const chat = useChat();
  const place = useRef<HTMLElement | null>(null);
  useLayoutEffect(() => {
    const middle = anchor.current?.closest(".middle");
    if (!middle) return undefined;
    standing.get(middle)?.close();
    const fresh = document.createElement("aside");
    const entry = { close };
    fresh.className = "beside";
    fresh.part.add("side");
    middle.append(fresh);
    place.current = fresh;
    standing.set(middle, entry);
    const uncover = coverStage(middle, fresh);
    const unheard = closeByEscape(middle, close);
    return () => {
      const focused = fresh.matches(":focus-within");
      uncover();
      unheard();
      render(null, fresh);
      fresh.remove();
      if (focused) anchor.current?.focus();
      if (standing.get(middle) === entry) standing.delete(middle);
    };
  }, []);
  useLayoutEffect(() => {
    if (place.current === null) return;
    place.current.setAttribute("aria-label", title);
    const view = (
      <Sheet title={title} actions={actions} close={close}>
        {children}
      </Sheet>
    );
    render(<ChatContext.Provider value={chat}>{view}</ChatContext.Provider>, place.current);
  });
  return null;
}

/** Takes the messages out of reach while they are covered. */
function coverStage(middle: Element, over: HTMLElement): () => void {
  const stage = middle.querySelector<HTMLElement>(".stage");
  if (stage === null) return () => undefined;
  const watch = new ResizeObserver(() => {
    stage.inert = getComputedStyle(over).position === "absolute";
  });
  watch.observe(middle);
  return () => {
    watch.disconnect();
    stage.inert = false;
  };
}

/** Escape closes it wherever in the window the focus is, unless something there takes the key for itself. */
function closeByEscape(middle: Element, close: () => void): () => void {
  const pressed = (event: Event): void => {
    if ((event as KeyboardEvent).key !== "Escape" || middle.querySelector(".panel") !== null) return;
    // The window would take it as its own end.
    event.stopPropagation();
    close();
  };
  const sections = [...(middle.parentElement?.children ?? [])];
  for (const section of sections) section.addEventListener("keydown", pressed);
  return () => {
    for (const section of sections) section.removeEventListener("keydown", pressed);
  };
}

function Sheet({ title, actions, close, children }: Omit<BesideProps, "anchor">): JSX.Element {
  const { t } = useChat();
  const root = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => root.current?.focus(), []);
  return (
    <div ref={root} class="beside-sheet" tabIndex={-1}>
      <header class="beside-head">
        <h2 dir="auto">{title}</h2>
        {actions}
        <IconButton icon="close" label={t("close")} onClick={close} />
      </header>
      <div class="beside-body">{children}</div>
    </div>
  );
}
