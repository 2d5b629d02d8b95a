import type { JSX } from "preact";
import { useState } from "preact/hooks";
import styles from "../styles/lightbox.css";
import { useChat, useStyles, type Enlarged } from "./context";
import { Modal } from "./dialogs";
import { IconButton } from "./icons";

interface LightboxProps {
  readonly picture: Enlarged;
  readonly close: () => void;
}

/** A picture over the whole page. Arrow keys go to the ones beside it; a click shows it in its real size, or whole. */
export function Lightbox({ picture, close }: LightboxProps): JSX.Element {
  const { t } = useChat();
  useStyles(styles);
  const pictures = picture.siblings?.length ? picture.siblings : [picture];
  const [index, setIndex] = useState(() => Math.max(0, pictures.findIndex(({ address }) => address === picture.address)));
  const [real, setReal] = useState(false);
  const shown = pictures[index] ?? picture;
  const go = (step: number): void => {
    setReal(false);
    setIndex((index + step + pictures.length) % pictures.length);
  };
  const keys: Readonly<Record<string, () => void>> = { ArrowLeft: () => go(-1), ArrowRight: () => go(1) };
  return (
    <Modal kind="lightbox" label={shown.alt || t("picture")} close={close}>
      {(end) => (
        <div class="lightbox-stage" tabIndex={-1} autofocus onKeyDown={(event) => keys[event.key]?.()}>
          <div class={real ? "lightbox-picture real" : "lightbox-picture"} onClick={(event) => event.target === event.currentTarget && end()}>
            <img src={shown.address} alt={shown.alt} onClick={() => setReal(!real)} />
          </div>
          <div class="lightbox-bar">
            {pictures.length > 1 ? (
              <>
                <IconButton icon="back" label={t("previous")} onClick={() => go(-1)} />
                <span>{t("position", { index: index + 1, count: pictures.length })}</span>
                <IconButton icon="chevron" label={t("next")} onClick={() => go(1)} />
              </>
            ) : null}
            <bdi class="lightbox-caption">{shown.caption || shown.alt}</bdi>
            <IconButton icon="search" label={t("zoom")} pressed={real} onClick={() => setReal(!real)} />
            <IconButton icon="close" label={t("close")} onClick={end} />
          </div>
        </div>
      )}
    </Modal>
  );
}
