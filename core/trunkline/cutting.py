"""What is left of a reply that was spoken and not heard to its end. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from .inbound import Heard
from .messages import Media, Message, Part, Text

CUT = " …"
"""Stands where a reply was interrupted."""


def as_heard(messages: Sequence[Message], heard: Heard) -> tuple[Message | None, ...]:
    """A reply's messages as the history keeps them; None for one of which nothing was heard.

    The words heard stand in place of the text, in the first message that has any. What cannot be spoken (thoughts,
    pictures) stays. The recording joins the last message that is left.
    """
    kept: list[Message | None] = list(messages)
    if heard.text is not None:
        kept = _cut(messages, heard.text.rstrip())
    if heard.ms is not None:
        kept = [message and replace(message, parts=_played(message.parts, heard.ms)) for message in kept]
    last = max((i for i, message in enumerate(kept) if message is not None), default=-1)
    if heard.recording is not None and last >= 0:
        message = kept[last]
        assert message is not None
        sound = replace(heard.recording, recording=True)
        parts = tuple(part for part in message.parts if not (isinstance(part, Media) and part.recording))
        kept[last] = replace(message, parts=(*parts, sound))
    return tuple(kept)


def _cut(messages: Sequence[Message], text: str) -> list[Message | None]:
    kept: list[Message | None] = []
    left: str | None = text
    for message in messages:
        parts: list[Part] = []
        for part in message.parts:
            if not isinstance(part, Text):
                parts.append(part)
            elif left is not None:
                parts.append(Text(f"{left}{CUT}" if left else CUT.strip()))
                left = None
        kept.append(replace(message, parts=tuple(parts), options=()) if parts else None)
    return kept


def _played(parts: tuple[Part, ...], ms: int) -> tuple[Part, ...]:
    return tuple(
        replace(part, heard_ms=ms) if isinstance(part, Media) and part.kind == "audio" else part for part in parts
    )
