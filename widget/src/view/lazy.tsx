import { createElement, type FunctionComponent, type VNode } from "preact";
import { useEffect, useState } from "preact/hooks";

/** A view whose code is loaded when it is first shown; until then `standIn` (by default nothing) is in its place. */
export function lazy<P extends object>(
  load: () => Promise<FunctionComponent<P>>,
  standIn: FunctionComponent<P> = () => null,
): FunctionComponent<P> {
  let loaded: FunctionComponent<P> | null = null;
  let loading: Promise<void> | null = null;
  return function Lazy(props: P): VNode {
    const [, redraw] = useState(false);
    useEffect(() => {
      if (loaded !== null) return undefined;
      let current = true;
      loading ??= load().then((view) => {
        loaded = view;
      });
      void loading.then(() => current && redraw(true));
      return () => {
        current = false;
      };
    }, []);
    return createElement((loaded ?? standIn) as FunctionComponent, props);
  };
}
