import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { useCell, useChat } from "./context";
import { NoticeLine } from "./reply";
import { IconButton } from "./icons";

const NOTICE_SHOWN_MS = 8000;

/** One line above the box: the state of the connection, and what belongs to no turn. */
export function StatusLine(): JSX.Element {
  const { client, host, t } = useChat();
  const link = useCell(client.link);
  const notice = useCell(client.notice);
  const known = useCell(client.profile) !== null;
  useEffect(() => {
    if (notice === null) return undefined;
    if (notice.level === "error") host.emit("error", { message: notice.text ?? "", code: notice.code ?? "" });
    const timer = setTimeout(() => (client.notice.value = null), NOTICE_SHOWN_MS);
    return () => clearTimeout(timer);
  }, [notice]);
  return (
    <div class="status-line" role="status">
      {link === "refused" ? <p class="connection">{t("refused")}</p> : null}
      {link === "offline" ? <p class="connection">{t(known ? "offline" : "reconnecting")}</p> : null}
      {link === "connecting" && known ? <p class="connection">{t("reconnecting")}</p> : null}
      {notice === null ? null : (
        <div class="toast">
          <NoticeLine notice={notice} />
          <IconButton icon="close" kind="small" label={t("close")} onClick={() => (client.notice.value = null)} />
        </div>
      )}
    </div>
  );
}
