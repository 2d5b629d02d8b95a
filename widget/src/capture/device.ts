/** Why a camera or microphone cannot be used: the visitor or the page forbids it, there is none, or others have it. */
export type DeviceTrouble = "refused" | "missing" | "busy";

/** A camera or microphone that cannot be used. */
export class DeviceUnavailable extends Error {
  constructor(readonly trouble: DeviceTrouble) {
    super(`the device is ${trouble}`);
  }
}

const TROUBLES: Readonly<Record<string, DeviceTrouble>> = {
  NotAllowedError: "refused",
  SecurityError: "refused",
  NotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  AbortError: "busy",
};

/** Opens a device, asking the visitor where the browser wants that. Rejects with `DeviceUnavailable`. */
export async function openDevice(wanted: MediaStreamConstraints): Promise<MediaStream> {
  try {
    return await navigator.mediaDevices.getUserMedia(wanted);
  } catch (error) {
    const trouble = error instanceof DOMException ? TROUBLES[error.name] : undefined;
    if (trouble === undefined) throw error;
    throw new DeviceUnavailable(trouble);
  }
}

/** Ends the use of a device: its light goes out. */
export function release(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}
