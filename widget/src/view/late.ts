import { useEffect, useReducer } from "preact/hooks";
import { part, useChat } from "./context";

/** A hook for something that is loaded once it is `wanted`: null until it is there. */
export function late<T>(load: () => Promise<T>): (wanted: boolean) => T | null {
  let loaded: T | null = null;
  let loading: Promise<void> | null = null;
  return function useLate(wanted) {
    const chat = useChat();
    const [, redraw] = useReducer<number, undefined>((count) => count + 1, 0);
    // As it was drawn: it may come before the effect runs.
    const missing = wanted && loaded === null;
    useEffect(() => {
      if (!missing) return undefined;
      let current = true;
      loading ??= part(chat, load).then((got) => {
        loaded ??= got;
        loading = null;
      });
      void loading.then(() => current && redraw(undefined));
      return () => {
        current = false;
      };
    }, [missing]);
    return wanted ? loaded : null;
  };
}
