import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { IconButton, type IconName } from "./icons";
import { lazy } from "./lazy";
import type { OpenMenu } from "./menu_list";

const MenuList = lazy(async () => (await import("./menu_list")).MenuList);

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

interface MenuButtonProps {
  readonly icon: IconName;
  readonly label: string;
  readonly kind?: string;
  readonly children: (menu: OpenMenu) => JSX.Element;
}

/** A button that opens a menu of these. */
export function Menu({ icon, label, items, kind = "" }: MenuProps): JSX.Element {
  return (
    <MenuButton icon={icon} label={label} kind={kind}>
      {(menu) => <MenuList {...menu} items={items} />}
    </MenuButton>
  );
}

/** A button that opens a menu; what is in it is made then. */
export function MenuButton({ icon, label, kind = "", children }: MenuButtonProps): JSX.Element {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const close = (): void => {
    setOpen(false);
    root.current?.querySelector<HTMLElement>("button")?.focus();
  };
  return (
    <div class="menu-anchor" ref={root}>
      <IconButton icon={icon} label={label} kind={kind} expanded={open} popup onClick={() => setOpen(!open)} />
      {open ? children({ label, anchor: root, close, leave: () => setOpen(false) }) : null}
    </div>
  );
}
