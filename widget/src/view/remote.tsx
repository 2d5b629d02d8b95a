import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { hostOf, isOwnMedia, safeLink, safeMedia } from "../markdown/links";
import { useChat } from "./context";
import { Icon } from "./icons";

/**
 * A picture that a text names. One that the server keeps is shown; any other only when the visitor asks, because
 * loading it tells its host who reads this chat. An address without a host means something to the app's page alone.
 */
export function RemotePicture({ address, alt }: { readonly address: string; readonly alt: string }): JSX.Element {
  const { client, t } = useChat();
  const [asked, setAsked] = useState(false);
  const base = client.resolve("");
  const source = safeMedia(address, base);
  if (source !== null && (asked || isOwnMedia(address, base))) return <img src={source} alt={alt} loading="lazy" />;
  if (safeLink(address) === null) return <span>{alt}</span>;
  return (
    <button type="button" class="chip" onClick={() => setAsked(true)}>
      <Icon name="download" />
      <span>
        {alt === "" ? null : `${alt} · `}
        {t("external", { host: hostOf(address) })}
      </span>
    </button>
  );
}
