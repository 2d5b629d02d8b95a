import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Icon, IconButton, type IconName } from "./icons";

export interface MenuItem {
  readonly label: string;
  readonly icon?: IconName;
  readonly checked?: boolean;
  readonly choose: () => void;
}

interface MenuProps {
  readonly icon: IconName;
  readonly label: string;
  readonly items: readonly MenuItem[];
  readonly kind?: string;
}

/** A button that opens a menu: arrows move, Escape closes and gives the focus back. */
export function Menu({ icon, label, items, kind = "" }: MenuProps): JSX.Element {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return undefined;
    entries(root.current)[0]?.focus();
    const outside = (event: Event): void => {
      if (root.current !== null && !event.composedPath().includes(root.current)) setOpen(false);
    };
    window.addEventListener("pointerdown", outside, true);
    return () => window.removeEventListener("pointerdown", outside, true);
  }, [open]);
  const close = (): void => {
    setOpen(false);
    root.current?.querySelector<HTMLElement>("button")?.focus();
  };
  const key = (event: KeyboardEvent): void => {
    if (!open) return;
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(root.current, event.key === "ArrowDown" ? 1 : -1);
    }
  };
  return (
    <div class="menu-anchor" ref={root} onKeyDown={key}>
      <IconButton icon={icon} label={label} kind={kind} expanded={open} onClick={() => setOpen(!open)} />
      {open ? (
        <div class="menu" role="menu" part="menu">
          {items.map((item, index) => (
            <button
              key={index}
              type="button"
              role={item.checked === undefined ? "menuitem" : "menuitemradio"}
              aria-checked={item.checked}
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
      ) : null}
    </div>
  );
}

function entries(root: HTMLElement | null): readonly HTMLElement[] {
  return root === null ? [] : [...root.querySelectorAll<HTMLElement>(".menu button")];
}

function move(root: HTMLElement | null, by: number): void {
  const all = entries(root);
  const shadow = root?.getRootNode();
  const active = shadow instanceof ShadowRoot ? shadow.activeElement : null;
  const at = all.findIndex((entry) => entry === active);
  all[(at + by + all.length) % all.length]?.focus();
}
