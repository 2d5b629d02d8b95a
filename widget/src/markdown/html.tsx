import type { Token } from "marked";
import type { JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { useChat } from "../view/context";

/** Blocks that hold HTML. The sanitiser is loaded when the first of them is met; until then the source is shown. */
export function HtmlBlock({ tokens }: { readonly tokens: readonly Token[] }): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const { client } = useChat();
  const source = tokens.map((token) => token.raw).join("");
  useLayoutEffect(() => {
    let current = true;
    if (place.current?.childElementCount === 0) place.current.textContent = source;
    void import("./sanitise").then(({ sanitised }) => {
      if (current) place.current?.replaceChildren(sanitised(tokens, client.resolve("")));
    });
    return () => {
      current = false;
    };
  }, [source]);
  return <div ref={place} />;
}
