import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Call } from "./call";

const BARS = 24;
const STEP_MS = 60;
/** Where people want less motion the level still shows that they are heard. */
const CALM_STEP_MS = 400;

/** How loud it was in the last moments: the visitor, or the reply while it is spoken. */
export function Meter({ call }: { readonly call: Call }): JSX.Element {
  const bars = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    const calm = matchMedia("(prefers-reduced-motion: reduce)");
    const levels = new Array<number>(BARS).fill(0);
    let last = 0;
    let frame = requestAnimationFrame(function draw(now) {
      frame = requestAnimationFrame(draw);
      if (now - last < (calm.matches ? CALM_STEP_MS : STEP_MS)) return;
      last = now;
      const { input, output } = call.levels;
      levels.push(call.phase.value === "speaking" ? output : input);
      levels.shift();
      [...(bars.current?.children ?? [])].forEach((bar, index) => {
        (bar as HTMLElement).style.transform = `scaleY(${Math.max(0.08, levels[index] ?? 0)})`;
      });
    });
    return () => cancelAnimationFrame(frame);
  }, [call]);
  return (
    <span class="voice-levels" ref={bars} aria-hidden="true">
      {Array.from({ length: BARS }, (_, index) => (
        <i key={index} />
      ))}
    </span>
  );
}
