"""Gradio's diffs of streamed values, applied in place.

`gradio_client.utils.apply_diff` copies the whole value for each token; here a token costs what it changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

_OPERATIONS = ("append", "replace", "add", "delete")


def apply(value: Any, edits: Sequence[Any]) -> Any:
    """`value` after `edits` (`[operation, path, value]`); changed in place, except when replaced as a whole.

    `ValueError` for an edit that does not fit: the stream and what we hold have parted.
    """
    try:
        for operation, path, change in edits:
            value = _apply_one(value, operation, path, change)
    except (KeyError, IndexError, TypeError) as error:
        raise ValueError("a streamed change does not fit what came before it") from error
    return value


def _apply_one(value: Any, operation: str, path: Sequence[Any], change: Any) -> Any:
    if not path:
        if operation == "replace":
            return change
        if operation == "append":
            return value + change
        raise ValueError(f"unknown operation {operation!r} on a whole value")
    target = value
    for key in path[:-1]:
        target = target[key]
    last = path[-1]
    if operation == "append":
        target[last] += change
    elif operation == "replace":
        target[last] = change
    elif operation == "add":
        if isinstance(target, list):
            target.insert(int(last), change)
        else:
            target[last] = change
    elif operation == "delete":
        del target[last]
    else:
        raise ValueError(f"unknown operation {operation!r}")
    return value


def is_edits(value: object) -> bool:
    """Whether a value is a list of edits rather than what they apply to."""
    return (
        isinstance(value, list)
        and bool(value)
        and all(
            isinstance(e, list) and len(e) == 3 and e[0] in _OPERATIONS and isinstance(e[1], list) for e in value
        )
    )


def touched(edits: Sequence[Any], length: int) -> set[int] | None:
    """Indices of the items of a list that `edits` change; None when items move or the list is replaced.

    `length` is the list's length before the edits.
    """
    found: set[int] = set()
    for operation, path, _ in edits:
        if not path or not isinstance(path[0], int):
            return None
        moves = len(path) == 1 and operation in ("add", "delete")
        if moves and (operation != "add" or path[0] < length):
            return None
        found.add(path[0])
    return found
