import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { StringKey } from "../strings";
import styles from "../styles/voice.css";
import { useCell, useChat, useStyles } from "../view/context";
import { openAudio, type OpenAudio } from "./audio";
import { Call, type Phase } from "./call";
import { VoiceIcon, type VoiceIconName } from "./icons";
import { Meter } from "./meter";
import { isForbidden } from "./trouble";
import { TuningMenu } from "./tuning_menu";

const STATES: Readonly<Record<Phase, StringKey>> = {
  consenting: "voice_records",
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
  useLitScreen();
  const noticeFocus = useKeptFocus(root, controlsOf(phase));
  const unheard = muted && phase === "listening";
  return (
    <section
      ref={root}
      class={`voice voice-${unheard ? "muted" : phase}`}
      part="voice"
      tabIndex={-1}
      aria-label={t("voice_mode")}
      {...noticeFocus}
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
  // Others are undone after the next frame: the page may be gone by then, and the connection.
  useLayoutEffect(() => {
    const unfollow = call.phase.subscribe((phase) => {
      if (phase === "ended") done(null, call.notice.value);
    });
    void call.start();
    const end = (): void => call.end();
    addEventListener("pagehide", end);
    return () => {
      removeEventListener("pagehide", end);
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

/** The screen stays lit where the browser sees to it: when it locks itself, phones take the microphone away. */
function useLitScreen(): void {
  useEffect(() => {
    const { wakeLock } = navigator as { wakeLock?: WakeLock };
    if (wakeLock === undefined || isForbidden("screen-wake-lock")) return undefined;
    let held: Promise<WakeLockSentinel | null> = Promise.resolve(null);
    const hold = (): void => {
      // A page that is hidden has lost it.
      if (document.visibilityState === "visible") held = wakeLock.request("screen").catch(unlit);
    };
    hold();
    document.addEventListener("visibilitychange", hold);
    return () => {
      document.removeEventListener("visibilitychange", hold);
      void held.then((lock) => lock?.release());
    };
  }, []);
}

/** On an empty battery, say. */
function unlit(error: unknown): null {
  if (!(error instanceof DOMException)) throw error;
  return null;
}

/** Other controls take the place of those that had the focus: then the dock has it. It has it in the beginning, too. */
function useKeptFocus(
  root: { readonly current: HTMLElement | null },
  controls: string,
): { readonly onFocusIn: () => void; readonly onFocusOut: (event: FocusEvent) => void } {
  const within = useRef(true);
  useEffect(() => {
    if (within.current && root.current?.contains(activeElement(root.current)) !== true) root.current?.focus();
  }, [controls]);
  return {
    onFocusIn: () => {
      within.current = true;
    },
    onFocusOut: ({ relatedTarget }) => {
      // Nothing has it next: what had it may be gone.
      if (relatedTarget !== null) within.current = root.current?.contains(relatedTarget as Node) === true;
    },
  };
}

function activeElement(inside: Node): Element | null {
  return (inside.getRootNode() as Document | ShadowRoot).activeElement;
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
  const controls = controlsOf(phase);
  if (controls === "consenting" || controls === "troubled" || controls === "paused") {
    const label = ({ consenting: "voice_agree", troubled: "retry", paused: "voice_resume" } as const)[controls];
    const again = {
      consenting: () => void call.start(true),
      troubled: () => void call.start(),
      paused: () => void call.resume(),
    }[controls];
    return (
      <div class="voice-controls">
        <button type="button" class="button primary" onClick={again}>{t(label)}</button>
        {end}
      </div>
    );
  }
  if (controls === "asking") return <div class="voice-controls">{end}</div>;
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

/** The set of controls that goes with it. */
function controlsOf(phase: Phase): "consenting" | "asking" | "troubled" | "paused" | "talking" {
  return phase === "consenting" || phase === "asking" || phase === "troubled" || phase === "paused" ? phase : "talking";
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
      onChange={({ currentTarget: select }) => {
        // It stays with the one before where that cannot be had.
        void call.choose(select.value).then(() => (select.value = call.device));
      }}
    >
      {devices.map(({ deviceId, label }) => (
        <option key={deviceId} value={deviceId}>{label || t("voice_device")}</option>
      ))}
    </select>
  );
}
