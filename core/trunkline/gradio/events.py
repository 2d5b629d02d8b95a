"""What an app's event stream says of a step that runs: bytes into messages, messages into events. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import SessionLost
from . import diff


@dataclass(slots=True)
class Update:
    """A step's new output values. `touched` tells, by position, which items of a list changed (None: any)."""

    data: list[Any]
    final: bool
    touched: Mapping[int, set[int] | None] = field(default_factory=dict)
    render: Mapping[str, Any] | None = None
    changed_states: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class Log:
    level: str
    text: str
    title: str


@dataclass(frozen=True, slots=True)
class Progress:
    fraction: float | None
    text: str


@dataclass(frozen=True, slots=True)
class Position:
    rank: int
    size: int
    eta: float | None


@dataclass(frozen=True, slots=True)
class Started:
    """The app's function runs now."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """The call was cancelled: it completed without a value."""


@dataclass(frozen=True, slots=True)
class Failed:
    """The app's function raised. `text` is "" where the app does not tell why."""

    text: str
    title: str = ""


StepEvent = Update | Log | Progress | Position | Started | Stopped | Failed


class FrameSplitter:
    """Cuts a byte stream into server-sent events; a long one is searched once, not with every chunk."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def split(self, chunk: bytes) -> list[bytes]:
        """The events that `chunk` completes."""
        split_end = bool(self._pieces) and self._pieces[-1].endswith(b"\n") and chunk.startswith(b"\n")
        if b"\n\n" not in chunk and not split_end:
            self._pieces.append(chunk)
            return []
        *frames, rest = b"".join((*self._pieces, chunk)).split(b"\n\n")
        self._pieces = [rest] if rest else []
        return frames


def decoded(frame: bytes) -> dict[str, Any] | None:
    """The message of a server-sent event; None for one that holds none. `SessionLost` for what is no JSON."""
    start = frame.find(b"data:")
    if start < 0:
        return None
    try:
        # Decoded here, because for bytes the parser first finds out in which encoding they are.
        message = json.loads(frame[start + 5 :].decode("utf-8", "surrogatepass"))
    except ValueError as error:
        raise SessionLost("The app sent an event that is no JSON.") from error
    return message if isinstance(message, dict) else None


def event_of(message: Mapping[str, Any], pending: list[Any]) -> StepEvent | None:
    """What a message of the stream means for its call. `pending` holds the values that diffs apply to."""
    kind = message.get("msg")
    if kind == "process_generating":
        return _generating(message, pending)
    if kind == "process_streaming":
        return _piece_taken(message)
    if kind == "process_completed":
        return _completed(message)
    if kind == "process_starts":
        return Started()
    if kind == "estimation":
        rank = message.get("rank")
        return None if rank is None else Position(rank, message.get("queue_size") or 0, message.get("rank_eta"))
    if kind == "log":
        title = str(message.get("title") or "")
        return Log(str(message.get("level") or "info"), str(message.get("log") or ""), title)
    if kind == "progress":
        return _progress(message.get("progress_data") or [])
    return None


def _generating(message: Mapping[str, Any], pending: list[Any]) -> StepEvent | None:
    output = message.get("output") or {}
    if message.get("success") is False:
        return failure(output)
    data = output.get("data")
    if not isinstance(data, list):
        return None
    changed: dict[int, set[int] | None] = {}
    if not pending:
        if any(diff.is_edits(item) for item in data):
            # Gradio 5 may take a new stream for one that failed before: its edits apply to what nobody has. The
            # whole value still comes in the end.
            return None
        pending.extend(data)
        changed = dict.fromkeys(range(len(data)))
    else:
        for position, edits in enumerate(data):
            if edits:
                changed[position] = _apply(pending, position, edits)
    return Update(pending, False, changed, output.get("render_config"), output.get("changed_state_ids") or ())


def _piece_taken(message: Mapping[str, Any]) -> StepEvent | None:
    """What a step says that takes its input in pieces: whole values, never edits of what it said before."""
    output = message.get("output") or {}
    if message.get("success") is False:
        return failure(output)
    if not isinstance(output.get("data"), list):
        return None
    return replace(final_update(output), final=False)


def _apply(pending: list[Any], position: int, edits: Sequence[Any]) -> set[int] | None:
    value = pending[position]
    found = diff.touched(edits, len(value)) if isinstance(value, list) else None
    try:
        pending[position] = diff.apply(value, edits)
    except ValueError as error:
        raise SessionLost(
            "The app's answer does not fit together any more; please send the message again."
        ) from error
    return found


def _completed(message: Mapping[str, Any]) -> StepEvent:
    output = message.get("output") or {}
    if message.get("success") is False:
        return failure(output, str(message.get("title") or ""))
    if not isinstance(output.get("data"), list):
        return Stopped()
    return final_update(output)


def final_update(output: Mapping[str, Any]) -> Update:
    """The values that a step ended with."""
    data = output["data"]
    states = output.get("changed_state_ids") or ()
    return Update(data, True, dict.fromkeys(range(len(data))), output.get("render_config"), states)


def failure(output: Mapping[str, Any], title: str = "") -> Failed:
    """What a step that raised says of it."""
    text = output.get("error")
    title = str(output.get("title") or title)
    return Failed(str(text) if text else "", "" if title == "Error" else title)


def _progress(units: Sequence[Mapping[str, Any]]) -> Progress | None:
    if not units:
        return None
    unit = units[-1]
    fraction = unit.get("progress")
    if fraction is None and unit.get("index") is not None and unit.get("length"):
        fraction = unit["index"] / unit["length"]
    return Progress(fraction, str(unit.get("desc") or ""))
