import type { JSX } from "preact";

/** Stroked paths on a 24 × 24 grid, as in `view/icons.tsx`, which the window needs from the start. */
const PATHS = {
  end: "M6 6l12 12M18 6L6 18",
  hand: "M8 13V6a1.5 1.5 0 0 1 3 0v5M11 11V4.5a1.5 1.5 0 0 1 3 0V11M14 11V6a1.5 1.5 0 0 1 3 0v8a7 7 0 0 1-7 7c-3 0-4.5-1.5-6-5l-1-2.5a1.4 1.4 0 0 1 2.5-1.2L8 15",
  microphone: "M12 15a3 3 0 0 0 3-3V6a3 3 0 0 0-6 0v6a3 3 0 0 0 3 3zM6 11.5a6 6 0 0 0 12 0M12 17.5V21M9 21h6",
  muted: "M15 10V6a3 3 0 0 0-5.7-1.3M9 9v3a3 3 0 0 0 4.5 2.6M6 11.5a6 6 0 0 0 9.5 4.8M18 11.5a6 6 0 0 1-.6 2.6M12 17.5V21M9 21h6M4 3l16 18",
  play: "M8 5.5v13l10.5-6.5z",
  stop: "M7 7h10v10H7z",
  tune: "M4 7h9M17 7h3M15 5v4M4 12h3M11 12h9M9 10v4M4 17h7M15 17h5M13 15v4",
  talk: "M4 10v4M8 6.5v11M12 4v16M16 7.5v9M20 10.5v3",
} as const;

export type VoiceIconName = keyof typeof PATHS;

export function VoiceIcon({ name }: { readonly name: VoiceIconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" aria-hidden="true">
      <path d={PATHS[name]} />
    </svg>
  );
}
