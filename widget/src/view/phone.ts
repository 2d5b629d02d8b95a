/**
 * Gives a window the whole screen of a phone, until the returned function is called: it follows what the virtual
 * keyboard leaves to be seen, the page behind does not scroll, and the focus stays inside.
 */
export function fillScreen(place: HTMLElement): () => void {
  const page = document.documentElement;
  const { overflow } = page.style;
  page.style.overflow = "hidden";
  place.addEventListener("keydown", keepInside);
  const viewport = window.visualViewport;
  const fit = (): void => {
    if (viewport === null || viewport.scale > 1) return;
    // Where the keyboard lies over the page (Safari) the visible part is smaller than the screen, and may be moved.
    place.style.height = `${viewport.height}px`;
    place.style.transform = viewport.offsetTop > 0 ? `translateY(${viewport.offsetTop}px)` : "";
  };
  fit();
  viewport?.addEventListener("resize", fit);
  viewport?.addEventListener("scroll", fit);
  return () => {
    page.style.overflow = overflow;
    place.style.height = place.style.transform = "";
    place.removeEventListener("keydown", keepInside);
    viewport?.removeEventListener("resize", fit);
    viewport?.removeEventListener("scroll", fit);
  };
}

const FOCUSABLE = "button:not(:disabled), a[href], input:not([hidden]), select, textarea, summary, [tabindex='0']";

/** Tab goes round inside: behind the window the focus could not be seen. */
function keepInside(event: KeyboardEvent): void {
  const place = event.currentTarget as HTMLElement;
  const root = place.getRootNode();
  if (event.key !== "Tab" || !(root instanceof ShadowRoot)) return;
  const stops = [...place.querySelectorAll<HTMLElement>(FOCUSABLE)].filter((stop) => stop.checkVisibility() && stop.closest("[inert]") === null);
  const leaving = event.shiftKey ? stops[0] : stops.at(-1);
  if (leaving === undefined || root.activeElement !== leaving) return;
  event.preventDefault();
  (event.shiftKey ? stops.at(-1) : stops[0])?.focus();
}
