import type { Body, Json, Patch, Path } from "../protocol";

/** A patch that does not fit: the two sides no longer show the same. */
export class PatchMismatch extends Error {}

type Members = Readonly<Record<string, Json>>;

/**
 * `body` with the patches applied in order. What they do not touch stays the same object, so that only what
 * changed is drawn again. Throws `PatchMismatch`; `body` itself is never changed.
 */
export function applyPatches(body: Body, patches: readonly Patch[]): Body {
  let value = body as unknown as Json;
  for (const patch of patches) value = applyAt(value, patch, patch.path, 0);
  return value as unknown as Body;
}

function applyAt(node: Json | undefined, patch: Patch, path: Path, depth: number): Json {
  const step = path[depth];
  if (step === undefined) throw new PatchMismatch("a patch needs a path");
  const last = depth === path.length - 1;
  if (Array.isArray(node)) return inArray(node as readonly Json[], patch, step, last, path, depth);
  if (typeof node === "object" && node !== null) return inObject(node as Members, patch, step, last, path, depth);
  throw new PatchMismatch(`nothing to change at ${path.slice(0, depth).join(".")}`);
}

function inArray(
  items: readonly Json[],
  patch: Patch,
  step: string | number,
  last: boolean,
  path: Path,
  depth: number,
): Json {
  const index = Number(step);
  const adds = last && patch.op === "set" && index === items.length;
  if (!Number.isInteger(index) || index < 0 || (index >= items.length && !adds)) {
    throw new PatchMismatch(`no element ${step} at ${path.slice(0, depth).join(".")}`);
  }
  if (last && patch.op === "remove") return items.toSpliced(index, 1);
  const fresh = items.slice();
  fresh[index] = last ? changed(items[index], patch) : applyAt(items[index], patch, path, depth + 1);
  return fresh;
}

function inObject(
  members: Members,
  patch: Patch,
  step: string | number,
  last: boolean,
  path: Path,
  depth: number,
): Json {
  const key = String(step);
  const old = Object.hasOwn(members, key) ? members[key] : undefined;
  if (last && patch.op === "remove") {
    return Object.fromEntries(Object.entries(members).filter(([name]) => name !== key));
  }
  return { ...members, [key]: last ? changed(old, patch) : applyAt(old, patch, path, depth + 1) };
}

function changed(old: Json | undefined, patch: Patch): Json {
  if (patch.op === "set") return patch.value;
  if (patch.op === "append" && (old === undefined || typeof old === "string")) return (old ?? "") + patch.value;
  throw new PatchMismatch(`cannot append at ${patch.path.join(".")}`);
}
