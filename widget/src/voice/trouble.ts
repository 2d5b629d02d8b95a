import { DeviceUnavailable } from "../capture/device";
import type { StringKey } from "../strings";

/** The sentence for what keeps a call from its microphone: what it is, and what to do. */
export function troubleOf(error: unknown): StringKey {
  if (!(error instanceof DeviceUnavailable)) throw error;
  if (error.trouble === "missing") return "error_microphone_missing";
  if (error.trouble === "busy") return "error_microphone_busy";
  return isForbiddenHere() ? "voice_framed" : "error_microphone_refused";
}

/** Pages of plain HTTP have no devices. */
export function isInsecure(): boolean {
  return (navigator as { mediaDevices?: MediaDevices }).mediaDevices === undefined;
}

/** The page that holds this one has not allowed it the microphone; only some browsers tell. */
function isForbiddenHere(): boolean {
  const { featurePolicy } = document as { featurePolicy?: { allowsFeature(name: string): boolean } };
  return featurePolicy?.allowsFeature("microphone") === false;
}
