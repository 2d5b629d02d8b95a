import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import styles from "../styles/dialogs.css";
import { useChat, useStyles, type Question } from "./context";

interface ModalProps {
  readonly kind: string;
  readonly label: string;
  readonly close: () => void;
  readonly children: (end: () => void) => ComponentChildren;
}

/** A modal dialog; the browser keeps the focus inside, and gives it back when it closes. */
export function Modal({ kind, label, close, children }: ModalProps): JSX.Element {
  useStyles(styles);
  const dialog = useRef<HTMLDialogElement>(null);
  // At once: a key that is pressed next is meant for it.
  useLayoutEffect(() => dialog.current?.showModal(), []);
  const end = (): void => dialog.current?.close();
  return (
    <dialog
      ref={dialog}
      class={kind}
      part={kind}
      aria-label={label}
      onClose={close}
      onKeyDown={(event) => event.stopPropagation()}
      onClick={(event) => {
        if (event.target === dialog.current) end();
      }}
    >
      {children(end)}
    </dialog>
  );
}

/** Asks before something is done that cannot be taken back. */
export function Confirmation({ question, close }: { readonly question: Question; readonly close: () => void }): JSX.Element {
  const { t } = useChat();
  return (
    <Modal kind="confirmation" label={question.sentence} close={close}>
      {(end) => (
        <div>
          <p dir="auto">{question.sentence}</p>
          <div class="row end">
            <button type="button" class="button" onClick={end}>
              {t("cancel")}
            </button>
            <button
              type="button"
              class="button danger"
              onClick={() => {
                question.act();
                end();
              }}
            >
              {question.verb}
            </button>
          </div>
        </div>
      )}
    </Modal>
  );
}
