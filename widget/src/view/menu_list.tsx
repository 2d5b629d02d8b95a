import type { JSX, RefObject } from "preact";
import { useEffect, useRef } from "preact/hooks";
import styles from "../styles/menu.css";
import { useStyles } from "./context";
import { Icon } from "./icons";
import type { MenuItem } from "./menu";

/** A menu that is open. */
export interface OpenMenu {
  readonly label: string;
  /** Holds the button and this list. */
  readonly anchor: RefObject<HTMLElement | null>;
  /** Closes it, and gives the focus back. */
  readonly close: () => void;
  /** Closes it: the visitor has gone elsewhere. */
  readonly leave: () => void;
}

interface MenuListProps extends OpenMenu {
  readonly items: readonly MenuItem[];
}

const KEYS: ReadonlySet<string> = new Set(["ArrowDown", "ArrowUp", "Home", "End"]);

/** The entries of an open menu: arrows, Home and End move, Tab leaves, Escape closes. */
export function MenuList({ label, items, anchor, close, leave }: MenuListProps): JSX.Element {
  useStyles(styles);
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    entries(list.current)[0]?.focus();
    const outside = (event: Event): void => {
      if (anchor.current !== null && !event.composedPath().includes(anchor.current)) leave();
    };
    window.addEventListener("pointerdown", outside, true);
    return () => window.removeEventListener("pointerdown", outside, true);
  }, []);
  const key = (event: KeyboardEvent): void => {
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
    } else if (event.key === "Tab") leave();
    else if (KEYS.has(event.key)) {
      event.preventDefault();
      move(list.current, event.key);
    }
  };
  return (
    <div class="menu" role="menu" part="menu" aria-label={label} ref={list} onKeyDown={key}>
      {items.map((item, index) => (
        <button
          key={index}
          type="button"
          role={item.checked === undefined ? "menuitem" : "menuitemradio"}
          aria-checked={item.checked}
          tabIndex={-1}
          onClick={() => {
            close();
            item.choose();
          }}
        >
          {item.icon === undefined ? null : <Icon name={item.icon} />}
          <span dir="auto">{item.label}</span>
          {item.checked ? <Icon name="check" /> : null}
        </button>
      ))}
    </div>
  );
}

function entries(list: HTMLElement | null): readonly HTMLElement[] {
  return list === null ? [] : [...list.querySelectorAll<HTMLElement>("button")];
}

function move(list: HTMLElement | null, key: string): void {
  const all = entries(list);
  const shadow = list?.getRootNode();
  const active = shadow instanceof ShadowRoot ? shadow.activeElement : null;
  const at = all.findIndex((entry) => entry === active);
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[key] ?? at;
  all[(next + all.length) % all.length]?.focus();
}
