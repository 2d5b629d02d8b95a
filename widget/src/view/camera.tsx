import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { DeviceUnavailable, openDevice, release, type DeviceTrouble } from "../capture/device";
import type { StringKey } from "../strings";
import styles from "../styles/capture.css";
import { useChat, useStyles } from "./context";
import { Modal } from "./dialogs";

const QUALITY = 0.92;
const TROUBLES: Readonly<Record<DeviceTrouble, StringKey>> = {
  refused: "error_camera_refused",
  missing: "error_camera_missing",
  busy: "error_camera_busy",
};

interface CameraProps {
  /** With the photo, or null; and with a sentence where something went wrong. */
  readonly done: (photo: File | null, sentence?: string) => void;
}

/** Takes a photo: the picture of the camera, then the photo to be kept or taken again. */
export function Camera({ done }: CameraProps): JSX.Element {
  const { t } = useChat();
  useStyles(styles);
  const video = useRef<HTMLVideoElement>(null);
  const stream = useCamera(done);
  const [photo, setPhoto] = useState<File | null>(null);
  const preview = useObjectUrl(photo);
  useEffect(() => {
    if (video.current !== null) video.current.srcObject = stream;
  }, [stream, photo]);
  const take = (): void => {
    if (video.current !== null) void photograph(video.current, t("photo_name")).then(setPhoto);
  };
  return (
    <Modal kind="camera" label={t("take_photo")} close={() => done(null)}>
      {(end) => (
        <>
          {photo === null ? (
            <video ref={video} autoplay muted playsInline aria-label={t("camera_picture")} />
          ) : (
            <img src={preview} alt={t("photo_name")} />
          )}
          {stream === null ? <p class="status">{t("asking_device")}</p> : null}
          <div class="row end">
            <button type="button" class="button" onClick={photo === null ? end : () => setPhoto(null)}>
              {t(photo === null ? "cancel" : "again")}
            </button>
            <button
              type="button"
              class="button primary"
              disabled={stream === null}
              onClick={photo === null ? take : () => done(photo)}
            >
              {t(photo === null ? "take_photo" : "use_photo")}
            </button>
          </div>
        </>
      )}
    </Modal>
  );
}

/** The camera's picture until the view goes; null until it is there. On a phone it is the camera at the back. */
function useCamera(done: CameraProps["done"]): MediaStream | null {
  const { t } = useChat();
  const [stream, setStream] = useState<MediaStream | null>(null);
  useEffect(() => {
    let wanted = true;
    let running: MediaStream | null = null;
    const begin = async (): Promise<void> => {
      const opened = await openDevice({ video: { facingMode: "environment", width: { ideal: 1920 }, height: { ideal: 1080 } } });
      if (!wanted) {
        release(opened);
        return;
      }
      running = opened;
      opened.getVideoTracks()[0]?.addEventListener("ended", () => wanted && done(null, t("error_camera_busy")));
      setStream(opened);
    };
    begin().catch((error: unknown) => {
      if (!(error instanceof DeviceUnavailable)) throw error;
      if (wanted) done(null, t(TROUBLES[error.trouble]));
    });
    return () => {
      wanted = false;
      if (running !== null) release(running);
    };
  }, []);
  return stream;
}

function useObjectUrl(file: File | null): string {
  const url = useMemo(() => (file === null ? "" : URL.createObjectURL(file)), [file]);
  useEffect(() => () => URL.revokeObjectURL(url), [url]);
  return url;
}

/** What a video shows now; null before its first picture. */
function photograph(video: HTMLVideoElement, name: string): Promise<File | null> {
  const canvas = document.createElement("canvas");
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext("2d")?.drawImage(video, 0, 0);
  return new Promise((resolve) => {
    canvas.toBlob((blob) => resolve(blob === null ? null : new File([blob], `${name}.jpg`, { type: blob.type })), "image/jpeg", QUALITY);
  });
}
