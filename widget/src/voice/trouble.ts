import { DeviceUnavailable } from "../capture/device";
import type { StringKey } from "../strings";

/** The sentence for what keeps a call from microphone or loudspeaker: what it is, and what to do. */
export function troubleOf(error: unknown): StringKey {
  // What runs in the audio thread could not be had, or the browser has no place for it.
  if (error instanceof DOMException) return "error_part";
  if (!(error instanceof DeviceUnavailable)) throw error;
  if (error.trouble === "missing") return "error_microphone_missing";
  if (error.trouble === "busy") return "error_microphone_busy";
  return isForbidden("microphone") ? "voice_framed" : "error_microphone_refused";
}

/** Pages of plain HTTP have no devices. */
export function isInsecure(): boolean {
  return (navigator as { mediaDevices?: MediaDevices }).mediaDevices === undefined;
}

/** The page that holds this one has not allowed it that feature; only some browsers tell. */
export function isForbidden(feature: string): boolean {
  const { featurePolicy } = document as { featurePolicy?: { allowsFeature(name: string): boolean } };
  return featurePolicy?.allowsFeature(feature) === false;
}
