import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { StringKey } from "../strings";
import styles from "../styles/voice.css";
import { useCell, useChat, useStyles } from "../view/context";
import { openAudio, type OpenAudio } from "./audio";
import { Call, type Phase } from "./call";
import { VoiceIcon, type VoiceIconName } from "./icons";
import { Meter } from "./meter";
import { TuningMenu } from "./tuning_menu";

const STATES: Readonly<Record<Phase, StringKey>> = {
  asking: "asking_device",
  connecting: "connecting",
  listening: "voice_listening",
  hearing: "voice_hearing",
  thinking: "thinking",
  speaking: "voice_speaking",
  stopped: "voice_stopped",
  ended: "voice_ended",
  paused: "voice_paused",
  troubled: "voice_unheard",
  reconnecting: "reconnecting",
};

interface VoiceDockProps {
  /** The call is over; with a sentence where the visitor has to know why. */
  readonly done: (nothing: null, sentence?: string) => void;
  readonly open?: OpenAudio;
}

/** A call: what it does, what is said, and its controls. It stands above the box, so that one can write as well. */
export function VoiceDock({ done, open = openAudio }: VoiceDockProps): JSX.Element {
  const { t } = useChat();
  useStyles(styles);
  const call = useCall(done, open);
  const root = useRef<HTMLElement>(null);
  const phase = useCell(call.phase);
  const muted = useCell(call.muted);
  useEndedWhenHidden(root, call);
  useEffect(() => root.current?.focus(), []);
  const unheard = muted && phase === "listening";
  return (
    <section
      ref={root}
      class={`voice voice-${unheard ? "muted" : phase}`}
      part="voice"
      tabIndex={-1}
      aria-label={t("voice_mode")}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || phase !== "speaking") return;
        event.stopPropagation();
        call.interrupt();
      }}
    >
      <div class="voice-line">
        <span class="voice-light" aria-hidden="true" />
        <p class="voice-state" role="status" dir="auto">{t(unheard ? "voice_muted" : STATES[phase])}</p>
        <Meter call={call} />
      </div>
      <Complaints call={call} />
      <Captions call={call} />
      <Controls call={call} phase={phase} muted={muted} />
    </section>
  );
}

function useCall(done: VoiceDockProps["done"], open: OpenAudio): Call {
  const { client } = useChat();
  const [call] = useState(() => new Call(client, open, later));
  useEffect(() => {
    const unfollow = call.phase.subscribe((phase) => {
      if (phase === "ended") done(null, call.notice.value);
    });
    void call.start();
    return () => {
      unfollow();
      call.end();
    };
  }, [call]);
  return call;
}

function later(ms: number, task: () => void): () => void {
  const timer = setTimeout(task, ms);
  return () => clearTimeout(timer);
}

/** Nobody is listened to by a window that is closed: without a box it has no size. */
function useEndedWhenHidden(root: { readonly current: HTMLElement | null }, call: Call): void {
  useEffect(() => {
    const element = root.current;
    if (element === null) return undefined;
    let seen = false;
    const watching = new ResizeObserver(([entry]) => {
      const shown = (entry?.contentRect.width ?? 0) > 0;
      if (seen && !shown) call.end();
      seen ||= shown;
    });
    watching.observe(element);
    return () => watching.disconnect();
  }, [call]);
}

function Complaints({ call }: { readonly call: Call }): JSX.Element | null {
  const { t } = useChat();
  const trouble = useCell(call.trouble);
  const notice = useCell(call.notice);
  if (trouble === null && notice === "") return null;
  return <p class="complaint" role="alert" dir="auto">{trouble === null ? notice : t(trouble)}</p>;
}

/** The last words of either side; they stand in the chat too, so they are not announced. */
function Captions({ call }: { readonly call: Call }): JSX.Element | null {
  const { t } = useChat();
  const { user, assistant } = useCell(call.captions);
  if (user === "" && assistant === "") return null;
  return (
    <dl class="voice-captions">
      {user === "" ? null : <Caption who={t("you")} words={user} />}
      {assistant === "" ? null : <Caption who={t("reply")} words={assistant} />}
    </dl>
  );
}

function Caption({ who, words }: { readonly who: string; readonly words: string }): JSX.Element {
  return (
    <div>
      <dt>{who}</dt>
      <dd dir="auto">{words}</dd>
    </div>
  );
}

interface ControlsProps {
  readonly call: Call;
  readonly phase: Phase;
  readonly muted: boolean;
}

function Controls({ call, phase, muted }: ControlsProps): JSX.Element {
  const { t } = useChat();
  const end = <Control icon="end" label={t("voice_end")} kind="danger" act={() => call.end()} />;
  if (phase === "troubled" || phase === "paused") {
    const again = phase === "paused" ? () => void call.resume() : () => void call.start();
    return (
      <div class="voice-controls">
        <button type="button" class="button primary" onClick={again}>{t(phase === "paused" ? "voice_resume" : "retry")}</button>
        {end}
      </div>
    );
  }
  if (phase === "asking") return <div class="voice-controls">{end}</div>;
  const stopped = phase === "stopped";
  return (
    <div class="voice-controls">
      <Control icon={muted ? "muted" : "microphone"} label={t("voice_mute")} pressed={muted} act={() => call.mute(!muted)} />
      <Control
        icon={stopped ? "play" : "stop"}
        label={t(stopped ? "voice_start" : "voice_stop")}
        act={() => (stopped ? call.arm() : call.stop())}
      />
      <Control icon="hand" label={t("voice_interrupt")} idle={phase !== "speaking"} words act={() => call.interrupt()} />
      <Devices call={call} />
      <TuningMenu call={call} />
      {end}
    </div>
  );
}

interface ControlProps {
  readonly icon: VoiceIconName;
  readonly label: string;
  readonly act: () => void;
  readonly pressed?: boolean;
  /** It does nothing now, but stays where it is, and keeps the focus. */
  readonly idle?: boolean;
  /** Its label is to be read beside the icon. */
  readonly words?: boolean;
  readonly kind?: string;
}

function Control({ icon, label, act, pressed, idle = false, words = false, kind = "" }: ControlProps): JSX.Element {
  return (
    <button
      type="button"
      class={`voice-control ${kind}`}
      aria-label={label}
      title={label}
      aria-pressed={pressed}
      aria-disabled={idle ? true : undefined}
      onClick={idle ? undefined : act}
    >
      <VoiceIcon name={icon} />
      {words ? <span aria-hidden="true">{label}</span> : null}
    </button>
  );
}

/** The microphones that there are; nothing while there is no choice. */
function Devices({ call }: { readonly call: Call }): JSX.Element | null {
  const { t } = useChat();
  const [devices, setDevices] = useState<readonly MediaDeviceInfo[]>([]);
  useEffect(() => {
    let current = true;
    const { mediaDevices } = navigator;
    const read = (): void => {
      void mediaDevices.enumerateDevices().then((all) => {
        if (current) setDevices(all.filter(({ kind, deviceId }) => kind === "audioinput" && deviceId !== ""));
      });
    };
    read();
    mediaDevices.addEventListener("devicechange", read);
    return () => {
      current = false;
      mediaDevices.removeEventListener("devicechange", read);
    };
  }, []);
  if (devices.length < 2) return null;
  return (
    <select
      class="voice-devices"
      aria-label={t("voice_device")}
      title={t("voice_device")}
      value={call.device}
      onChange={(event) => void call.choose(event.currentTarget.value)}
    >
      {devices.map(({ deviceId, label }) => (
        <option key={deviceId} value={deviceId}>{label || t("voice_device")}</option>
      ))}
    </select>
  );
}
