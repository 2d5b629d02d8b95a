import { Component, createElement, type FunctionComponent, type VNode } from "preact";

/** `view`, drawn again only when `same` says that its properties differ; by default each is compared by identity. */
export function memo<P extends object>(
  view: FunctionComponent<P>,
  same: (before: P, after: P) => boolean = shallowlyEqual,
): FunctionComponent<P> {
  class Memoised extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      return !same(this.props, next);
    }
    override render(): VNode {
      return createElement(view as FunctionComponent, this.props);
    }
  }
  return Memoised as unknown as FunctionComponent<P>;
}

function shallowlyEqual<P extends object>(before: P, after: P): boolean {
  const keys = Object.keys(after) as (keyof P)[];
  return keys.length === Object.keys(before).length && keys.every((key) => Object.is(before[key], after[key]));
}
