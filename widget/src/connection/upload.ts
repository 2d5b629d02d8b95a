import type { Accepts, Limits, MediaKind } from "../protocol";
import { bytes } from "../text";
import type { Translate } from "../strings";

/** What `POST /upload` answers for one file. */
export interface Uploaded {
  readonly upload: string;
  readonly name: string;
  readonly mime: string;
  readonly size: number;
  readonly kind: MediaKind;
  readonly url: string;
}

/** The name of a file's kind as the protocol has it. */
export function kindOf(mime: string): MediaKind {
  const family = mime.split("/")[0] ?? "";
  return family === "image" || family === "audio" || family === "video" ? family : "file";
}

/** Does the app take a file of this name and type? Types are "image", "audio", "video", "text", "file" or ".pdf". */
export function accepted(file: { readonly name: string; readonly type: string }, types: readonly string[]): boolean {
  if (types.length === 0 || types.includes("file")) return true;
  return types.some((type) =>
    type.startsWith(".")
      ? file.name.toLowerCase().endsWith(type.toLowerCase())
      : type.includes("/")
        ? file.type === type
        : file.type.startsWith(`${type}/`),
  );
}

/** The sentence that says why a file cannot be attached, or null. `attached` files are there already. */
export function refusal(
  file: { readonly name: string; readonly type: string; readonly size: number },
  attached: number,
  accepts: Accepts,
  limits: Limits,
  t: Translate,
): string | null {
  const types = accepts.file_types ?? [];
  const clip = accepts.microphone === true && file.type.startsWith("audio/");
  const count = Math.min(accepts.max_files ?? Infinity, limits.files ?? Infinity);
  if (accepts.files !== true && !clip) return t("error_files_none");
  if (!accepted(file, types)) return t("error_files_type", { name: file.name, types: types.join(", ") });
  if (attached >= count) return t("error_files_count", { count });
  if (limits.file_bytes !== undefined && file.size > limits.file_bytes) {
    return t("error_file_size", { name: file.name, size: bytes(limits.file_bytes, t.locale) });
  }
  return null;
}

/** The server said no to an upload, in a sentence for the visitor. */
export class UploadRefused extends Error {}

export interface UploadRequest {
  readonly address: string;
  readonly visitorToken: string;
  readonly file: File;
  readonly progress: (share: number) => void;
  readonly signal: AbortSignal;
}

/** Uploads one file. Rejects with `UploadRefused`, or with `TypeError` when nobody answered. */
export function upload({ address, visitorToken, file, progress, signal }: UploadRequest): Promise<Uploaded> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address);
    request.setRequestHeader("X-Trunkline-Visitor", visitorToken);
    request.responseType = "json";
    request.upload.onprogress = (event) => progress(event.lengthComputable ? event.loaded / event.total : 0);
    request.onerror = () => reject(new TypeError("the upload did not reach the server"));
    request.onabort = () => reject(new DOMException("the upload was taken back", "AbortError"));
    request.onload = () => {
      const answer = request.response as { files?: Uploaded[]; error?: { message: string } } | null;
      const uploaded = answer?.files?.[0];
      if (request.status < 400 && uploaded !== undefined) resolve(uploaded);
      else reject(new UploadRefused(answer?.error?.message ?? ""));
    };
    signal.addEventListener("abort", () => request.abort());
    const form = new FormData();
    form.append("file", file, file.name);
    request.send(form);
  });
}
