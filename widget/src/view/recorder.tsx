import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { DeviceUnavailable, openDevice, release, type DeviceTrouble } from "../capture/device";
import { Recording } from "../capture/recording";
import type { StringKey } from "../strings";
import styles from "../styles/capture.css";
import { useChat, useStyles } from "./context";
import { Icon, IconButton } from "./icons";

const BARS = 32;
const TROUBLES: Readonly<Record<DeviceTrouble, StringKey>> = {
  refused: "error_microphone_refused",
  missing: "error_microphone_missing",
  busy: "error_microphone_busy",
};

interface RecorderProps {
  /** With the clip, or null; and with a sentence where something went wrong. */
  readonly done: (clip: File | null, sentence?: string) => void;
}

/** Records a voice clip: its length and level while it runs, a button that keeps it and one that throws it away. */
export function Recorder({ done }: RecorderProps): JSX.Element {
  const { t } = useChat();
  useStyles(styles);
  const recording = useRecording(done);
  const kept = useRef<HTMLButtonElement>(null);
  useEffect(() => kept.current?.focus(), [recording !== null]);
  const cancel = (): void => done(null);
  return (
    <div
      class="recorder"
      part="recorder"
      role="group"
      aria-label={t("recording")}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.stopPropagation();
        cancel();
      }}
    >
      <IconButton icon="close" label={t("cancel")} onClick={cancel} />
      <span class="recorder-light" aria-hidden="true" />
      {recording === null ? <span class="status">{t("asking_device")}</span> : <Meter recording={recording} />}
      <button
        ref={kept}
        type="button"
        class="send stop"
        aria-label={t("stop_recording")}
        title={t("stop_recording")}
        disabled={recording === null}
        onClick={() => recording?.stop()}
      >
        <Icon name="stop" />
      </button>
    </div>
  );
}

/** Opens the microphone and records until the view goes; null until the microphone is there. */
function useRecording(done: RecorderProps["done"]): Recording | null {
  const { t } = useChat();
  const [recording, setRecording] = useState<Recording | null>(null);
  useEffect(() => {
    const view = new AbortController();
    const gone = (): boolean => view.signal.aborted;
    const running: { current: Recording | null } = { current: null };
    const begin = async (): Promise<void> => {
      const stream = await openDevice({ audio: true });
      if (gone()) {
        release(stream);
        return;
      }
      const made = new Recording(stream, t("clip_name"));
      running.current = made;
      setRecording(made);
      const { file, lost } = await made.clip;
      if (!gone()) done(file, lost ? t("error_microphone_lost") : "");
    };
    begin().catch((error: unknown) => {
      if (!(error instanceof DeviceUnavailable)) throw error;
      if (!gone()) done(null, t(TROUBLES[error.trouble]));
    });
    return () => {
      view.abort();
      running.current?.stop();
    };
  }, []);
  return recording;
}

/** How long it is, and how loud it was in the last seconds. */
function Meter({ recording }: { readonly recording: Recording }): JSX.Element {
  const { t } = useChat();
  const bars = useRef<HTMLSpanElement>(null);
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    const began = performance.now();
    const levels = new Array<number>(BARS).fill(0);
    let last = 0;
    let frame = requestAnimationFrame(function draw(now) {
      frame = requestAnimationFrame(draw);
      if (now - last < 60) return;
      last = now;
      levels.push(recording.level);
      levels.shift();
      [...(bars.current?.children ?? [])].forEach((bar, index) => {
        (bar as HTMLElement).style.transform = `scaleY(${Math.max(0.08, levels[index] ?? 0)})`;
      });
      setSeconds(Math.floor((now - began) / 1000));
    });
    return () => cancelAnimationFrame(frame);
  }, [recording]);
  const minutes = Math.floor(seconds / 60);
  return (
    <>
      <time class="recorder-time" role="timer" aria-label={t("recording")}>
        {`${minutes}:${String(seconds % 60).padStart(2, "0")}`}
      </time>
      <span class="levels" ref={bars} aria-hidden="true">
        {Array.from({ length: BARS }, (_, index) => (
          <i key={index} />
        ))}
      </span>
    </>
  );
}
