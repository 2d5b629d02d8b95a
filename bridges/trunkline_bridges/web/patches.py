"""What changed between two JSON values, as the patches of the web protocol. Pure.

Values are never changed in place, so that the same object is the same value: a comparison ends there, and a
token costs what lies on the way to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias, cast

from trunkline.messages import Json

Patch: TypeAlias = "dict[str, Json]"
Path: TypeAlias = "tuple[str | int, ...]"


class PatchError(ValueError):
    """A patch does not fit the value."""


def diff(old: Json, new: Json, path: Path = ()) -> list[Patch]:
    """Patches that make `new` from `old`; `path` leads there. A changed root that is no container raises."""
    if old is new:
        return []
    if isinstance(old, str) and isinstance(new, str):
        return _diff_text(old, new, path)
    if _is_object(old) and _is_object(new):
        before, after = cast("Mapping[str, Json]", old), cast("Mapping[str, Json]", new)
        if _same_kind(before, after):
            return _diff_members(before, after, path)
    elif _is_array(old) and _is_array(new):
        return _diff_elements(cast("Sequence[Json]", old), cast("Sequence[Json]", new), path)
    if type(old) is type(new) and old == new:
        return []
    if not path:
        raise PatchError("the values have no common root")
    return [{"op": "set", "path": list(path), "value": new}]


def apply(value: Json, patches: Sequence[Mapping[str, Json]]) -> Json:
    """`value` with the patches applied in order; what they do not touch stays the same object.

    `PatchError` where a path leads nowhere.
    """
    for patch in patches:
        value = _applied(value, patch, cast("Sequence[str | int]", patch["path"]))
    return value


def _same_kind(old: Mapping[str, Json], new: Mapping[str, Json]) -> bool:
    """Media with another source is exchanged as a whole: its address is made from source, name and type."""
    return old.get("type") == new.get("type") and (
        new.get("type") != "media" or old.get("source") == new.get("source")
    )


def _is_object(value: Json) -> bool:
    # The first test is the cheap one, and nearly always enough.
    return isinstance(value, dict | Mapping)


def _is_array(value: Json) -> bool:
    return isinstance(value, list | tuple)


def _diff_text(old: str, new: str, path: Path) -> list[Patch]:
    if old == new:
        return []
    if not path:
        raise PatchError("the values have no common root")
    if old and new.startswith(old):
        return [{"op": "append", "path": list(path), "value": new[len(old) :]}]
    return [{"op": "set", "path": list(path), "value": new}]


def _diff_members(old: Mapping[str, Json], new: Mapping[str, Json], path: Path) -> list[Patch]:
    patches: list[Patch] = []
    for key, value in new.items():
        if key not in old:
            patches.append({"op": "set", "path": [*path, key], "value": value})
        elif old[key] is not value:
            patches += diff(old[key], value, (*path, key))
    patches += [{"op": "remove", "path": [*path, key]} for key in old if key not in new]
    return patches


def _diff_elements(old: Sequence[Json], new: Sequence[Json], path: Path) -> list[Patch]:
    patches: list[Patch] = []
    for index, (before, after) in enumerate(zip(old, new, strict=False)):
        if before is not after:
            patches += diff(before, after, (*path, index))
    patches += [{"op": "set", "path": [*path, index], "value": new[index]} for index in range(len(old), len(new))]
    patches += [{"op": "remove", "path": [*path, index]} for index in range(len(old) - 1, len(new) - 1, -1)]
    return patches


def _applied(node: Json, patch: Mapping[str, Json], path: Sequence[str | int]) -> Json:
    step, rest = path[0], path[1:]
    if isinstance(node, Mapping):
        return _in_object(node, patch, str(step), rest)
    if _is_array(node):
        return _in_array(list(cast("Sequence[Json]", node)), patch, step, rest)
    raise PatchError(f"nothing to change at {step!r}")


def _in_object(node: Mapping[str, Json], patch: Mapping[str, Json], key: str, rest: Sequence[str | int]) -> Json:
    if rest:
        if key not in node:
            raise PatchError(f"no member {key!r}")
        return {**node, key: _applied(node[key], patch, rest)}
    if patch["op"] == "remove":
        if key not in node:
            raise PatchError(f"no member {key!r}")
        return {name: value for name, value in node.items() if name != key}
    return {**node, key: _changed(node.get(key, ""), patch)}


def _in_array(items: list[Json], patch: Mapping[str, Json], step: str | int, rest: Sequence[str | int]) -> Json:
    adds = not rest and patch["op"] == "set"
    if not isinstance(step, int) or not 0 <= step < len(items) + adds:
        raise PatchError(f"no element {step!r}")
    if rest:
        items[step] = _applied(items[step], patch, rest)
    elif patch["op"] == "remove":
        del items[step]
    else:
        items[step : step + 1] = [_changed(items[step] if step < len(items) else "", patch)]
    return items


def _changed(old: Json, patch: Mapping[str, Any]) -> Json:
    if patch["op"] == "set":
        return cast("Json", patch["value"])
    if not isinstance(old, str):
        raise PatchError("only a string can be added to")
    return old + str(patch["value"])
