import { createElement, type FunctionComponent, type VNode } from "preact";
import { late } from "./late";

/** A view whose code is loaded when it is first shown; until then `standIn` (by default nothing) is in its place. */
export function lazy<P extends object>(
  load: () => Promise<FunctionComponent<P>>,
  standIn: FunctionComponent<P> = () => null,
): FunctionComponent<P> {
  const useView = late(load);
  return function Lazy(props: P): VNode {
    return createElement((useView(true) ?? standIn) as FunctionComponent, props);
  };
}
