import type { JSX } from "preact";
import { VoiceIcon, type VoiceIconName } from "../voice/icons";
import { useCell, useChat } from "./context";

interface MicrophonesProps {
  readonly records: boolean;
  readonly use: (device: "microphone" | "call") => void;
}

/** What can be said aloud: a clip that is sent, or a call. */
export function Microphones({ records, use }: MicrophonesProps): JSX.Element {
  const { client, t } = useChat();
  const { input } = useCell(client.voice);
  return (
    <>
      {records ? <Microphone icon="microphone" label={t("record")} act={() => use("microphone")} /> : null}
      {input ? <Microphone icon="talk" label={t("talk")} act={() => use("call")} /> : null}
    </>
  );
}

interface MicrophoneProps {
  readonly icon: VoiceIconName;
  readonly label: string;
  readonly act: () => void;
}

function Microphone({ icon, label, act }: MicrophoneProps): JSX.Element {
  return (
    <button type="button" class="icon-button" aria-label={label} title={label} onClick={act}>
      <VoiceIcon name={icon} />
    </button>
  );
}
