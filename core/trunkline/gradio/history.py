"""Messages as the value of a chatbot, for every format Gradio speaks. `chat.py` is the way back."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..errors import MediaError
from ..messages import Link, Media, Message, Option, Part, Role, Text, Thought
from .chat import Format, RawMessage

Upload: TypeAlias = Callable[[Media], Awaitable[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class RawHistory:
    """A history as a chatbot's value, and where each of our messages stands in it."""

    value: list[Any]
    positions: tuple[int, ...]

    @property
    def length(self) -> int:
        return len(self.value)


async def flatten(
    history: Sequence[Message], form: Format, upload: Upload, unseen: Sequence[tuple[int, RawMessage]] = ()
) -> RawHistory:
    """`history` as the value of a chatbot. Files go back as files, whatever component showed them.

    `unseen` are messages that the app alone sees, each with how many of ours stand before it; pairs hold none.
    """
    value: list[RawMessage] = []
    positions: list[int] = []
    hidden: dict[int, list[RawMessage]] = {}
    for before, raw in unseen if form != "tuples" else ():
        hidden.setdefault(before, []).append(raw)
    for number, message in enumerate(history):
        value.extend(hidden.get(number, ()))
        positions.append(len(value))
        value.extend(await _raw_messages(message, form, upload))
    value.extend(hidden.get(len(history), ()))
    if form != "tuples":
        return RawHistory(value, tuple(positions))
    pairs, indices = _to_pairs(value)
    return RawHistory(pairs, tuple(indices[p] if p < len(indices) else len(pairs) for p in positions))


async def _raw_messages(message: Message, form: Format, upload: Upload) -> list[RawMessage]:
    """One message of ours: thoughts and their children are raw messages of their own."""
    found: list[RawMessage] = []
    loose: list[Any] = []
    for part in message.parts:
        if isinstance(part, Thought):
            _add(found, message.role, loose, form)
            loose = []
            if form != "tuples":
                found.extend(await _raw_thought(part, message.role, form, upload, None))
        else:
            loose.extend(await _raw_contents(part, upload))
    if not loose and not found and not any(isinstance(part, Thought) for part in message.parts):
        loose = [""]
    _add(found, message.role, loose, form)
    if message.options and found:
        found[-1]["options"] = [_raw_option(option) for option in message.options]
    return found


def _raw_option(option: Option) -> dict[str, str]:
    return {"value": option.value, "label": option.label} if option.label else {"value": option.value}


async def _raw_thought(
    thought: Thought, role: Role, form: Format, upload: Upload, parent: str | None
) -> list[RawMessage]:
    metadata: dict[str, Any] = {"title": thought.title, "status": thought.status}
    optional = {"id": thought.id, "parent_id": parent, "log": thought.log, "duration": thought.duration}
    metadata.update({key: item for key, item in optional.items() if item not in (None, "")})
    contents = [c for p in thought.parts if not isinstance(p, Thought) for c in await _raw_contents(p, upload)]
    found: list[RawMessage] = []
    _add(found, role, contents or [""], form)
    for raw in found:
        raw["metadata"] = metadata
    for part in thought.parts:
        if isinstance(part, Thought):
            found.extend(await _raw_thought(part, role, form, upload, thought.id or None))
    return found


def _add(found: list[RawMessage], role: Role, contents: Sequence[Any], form: Format) -> None:
    """Append `contents` as messages: one with blocks, or one a content."""
    if not contents:
        return
    if form == "blocks":
        blocks = [{"type": "text", "text": c} if isinstance(c, str) else c for c in contents]
        found.append({"role": role, "content": blocks, "metadata": None, "options": None})
    else:
        for content in contents:
            plain = content if isinstance(content, str) else {k: v for k, v in content.items() if k != "type"}
            found.append({"role": role, "content": plain, "metadata": None, "options": None})


async def _raw_contents(part: Part, upload: Upload) -> list[Any]:
    """A part as contents: text as a string, files and components as blocks. Artifacts are never sent back."""
    if isinstance(part, Text):
        return [part.text]
    if not isinstance(part, Media) or part.recording:
        return []
    if isinstance(part.source, Link):
        return [f"[{part.caption or part.alt or part.name or part.source.url}]({part.source.url})"]
    if part.kind == "html" and isinstance(part.spec, str):
        return [_component("html", part.spec)]
    if part.source is not None:
        try:
            file = await upload(part)
        except MediaError:
            # A file that retention took is missing from the history; the conversation goes on without it.
            return []
        return [{"type": "file", "file": file, "alt_text": part.caption or part.alt or None}]
    if part.kind == "plot" and part.spec is not None:
        return [_component("plot", part.spec)]
    return []


def _component(name: str, value: Any) -> dict[str, Any]:
    return {"type": "component", "component": name, "value": value, "constructor_args": {}, "props": {}}


def _to_pairs(value: Sequence[RawMessage]) -> tuple[list[list[Any]], list[int]]:
    """Messages as pairs, and for each message the index of its pair."""
    pairs: list[list[Any]] = []
    indices: list[int] = []
    for raw in value:
        if raw["role"] == "user":
            pairs.append([raw["content"], None])
        elif pairs and pairs[-1][1] is None:
            pairs[-1][1] = raw["content"]
        else:
            pairs.append([None, raw["content"]])
        indices.append(len(pairs) - 1)
    return pairs, indices
