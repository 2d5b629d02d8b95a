import { useMemo } from "preact/hooks";
import { useCell, useChat } from "../view/context";
import { late } from "../view/late";
import { PLAIN, type Syntax } from "./blocks";

/** What stands around a formula. */
export interface Delimiter {
  readonly left: string;
  readonly right: string;
  readonly display: boolean;
}

const NONE: readonly Delimiter[] = [];

const useMath = late(() => import("./math"));
const useMending = late(() => import("./unfinished"));

/** How the app's page reads texts. Formulas are loaded when they are first met. */
export function useSyntax(text: string, live: boolean): Syntax {
  const profile = useCell(useChat().client.profile);
  const delimiters = profile?.latex_delimiters ?? NONE;
  const breaks = profile?.line_breaks !== false;
  // A single sign on its own is a price, say.
  const math = useMath(delimiters.some(({ left }) => text.split(left).length > (left.length > 1 ? 1 : 2)));
  // Whatever is said first is finished, so this is there before a reply is written.
  const mending = useMending(true);
  return useMemo(() => {
    const mends = live && mending !== null;
    if (math === null && !mends && breaks) return PLAIN;
    const formulas = math === null ? {} : math.mathOptions(delimiters);
    const syntax = { name: math === null ? "" : "math", options: { ...PLAIN.options, breaks, ...formulas } };
    return mends ? { ...syntax, mend: (end) => mending.mend(end, delimiters) } : syntax;
  }, [delimiters, breaks, math, live && mending]);
}
