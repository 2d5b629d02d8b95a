import type { JSX } from "preact";

/** Stroked paths on a 24 × 24 grid. */
const PATHS = {
  camera: "M4 8h3l2-3h6l2 3h3v11H4zM12 16.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z",
  attach: "M21 11.5l-8.6 8.6a5.5 5.5 0 0 1-7.8-7.8l8.6-8.6a3.7 3.7 0 0 1 5.2 5.2l-8.6 8.6a1.8 1.8 0 0 1-2.6-2.6l7.9-7.9",
  back: "M15 5l-7 7 7 7",
  chats: "M4 6h16M4 12h16M4 18h10",
  check: "M5 12.5l4.5 4.5L19 7.5",
  chevron: "M9 6l6 6-6 6",
  clear: "M4 7h16M9 7V4h6v3M6.5 7l1 13h9l1-13",
  close: "M6 6l12 12M18 6L6 18",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  dislike: "M17 14V3h3v11zM17 14l-4 7a2.5 2.5 0 0 1-2.5-2.5V15H5.3a2 2 0 0 1-2-2.3l1.2-8A2 2 0 0 1 6.5 3H17",
  down: "M12 5v14M6 13l6 6 6-6",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  edit: "M4 20h4L19 9a2.8 2.8 0 0 0-4-4L4 16zM13.5 6.5l4 4",
  file: "M6 3h8l4 4v14H6zM14 3v5h4",
  like: "M7 10v11H4V10zM7 10l4-7a2.5 2.5 0 0 1 2.5 2.5V9h5.2a2 2 0 0 1 2 2.3l-1.2 8a2 2 0 0 1-2 1.7H7",
  more: "M6 12h.01M12 12h.01M18 12h.01",
  pen: "M4 20h4L19 9a2.8 2.8 0 0 0-4-4L4 16z",
  plot: "M4 4v16h16M8 15l4-5 3 3 5-7",
  plus: "M12 5v14M5 12h14",
  retry: "M20 12a8 8 0 1 1-2.4-5.7L20 8.5M20 3.5v5h-5",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l4.5 4.5",
  send: "M12 19V5M6 11l6-6 6 6",
  settings: "M4 7h9M17 7h3M15 5v4M4 17h3M11 17h9M9 15v4",
  stop: "M8 8h8v8H8z",
  undo: "M9 14L4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3",
  warning: "M12 9v5M12 17.5v.01M12 3L2.5 20h19z",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }): JSX.Element {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}

interface IconButtonProps {
  readonly icon: IconName;
  readonly label: string;
  readonly onClick: (event: MouseEvent) => void;
  readonly pressed?: boolean;
  readonly expanded?: boolean;
  /** It opens a menu. */
  readonly popup?: boolean;
  readonly disabled?: boolean;
  readonly kind?: string;
}

export function IconButton(props: IconButtonProps): JSX.Element {
  const { icon, label, onClick, pressed, expanded, popup, disabled, kind = "" } = props;
  return (
    <button
      type="button"
      class={`icon-button ${kind}`}
      aria-label={label}
      title={label}
      aria-pressed={pressed}
      aria-expanded={expanded}
      aria-haspopup={popup ? "menu" : undefined}
      disabled={disabled ?? false}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}
