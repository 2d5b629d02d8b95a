"""What a reply looks like in a terminal: one post whose body says all that is to be drawn. Pure.

The body is also what `--json` writes: `{"turn", "state", "parts", "options", "notices", "artifacts", "final",
"error"}`, values of the vocabulary as `codec.py` encodes them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from trunkline import codec
from trunkline.bridge import Post, Shown, View
from trunkline.messages import Json, Media, Message, Part, Reply, Thought

REPLY_KEY = "reply"


def render(reply: Reply, view: View, shown: Sequence[Shown], now: float) -> tuple[Post, ...]:
    """One post. For programs thoughts are always whole."""
    thoughts = "full" if view.options.get("json_lines") else str(view.options.get("thoughts", "full"))
    return (Post(REPLY_KEY, reply_body(reply, view.turn, thoughts)),)


def reply_body(reply: Reply, turn: int, thoughts: str = "full") -> dict[str, Json]:
    """A reply as it is drawn; `thoughts` is "full", "summary" (what they are called) or "hidden"."""
    parts = tuple(part for message in reply.messages for part in message.parts)
    return {
        "turn": turn,
        "state": reply.state,
        "parts": [codec.encode(part) for part in _with_thoughts(parts, thoughts)],
        "options": [codec.encode(option) for option in reply.options] if not reply.running else [],
        "notices": [codec.encode(notice) for notice in reply.notices],
        "artifacts": [codec.encode(artifact) for artifact in reply.artifacts],
        "final": not reply.running,
        "error": reply.error or None,
    }


def message_body(message: Message, thoughts: str = "full") -> dict[str, Json]:
    """A message that stood before the first turn, such as a greeting."""
    return reply_body(Reply((message,), state="final"), 0, thoughts)


def media_in(value: Json) -> Iterator[Mapping[str, Json]]:
    """Every piece of media in a body, in reading order."""
    if isinstance(value, list | tuple):
        for item in value:
            yield from media_in(item)
    elif isinstance(value, Mapping):
        if value.get("type") == "media":
            yield value
        else:
            for name in ("parts", "artifacts", "media"):
                yield from media_in(value.get(name))


def _with_thoughts(parts: Iterable[Part], thoughts: str) -> Iterator[Part]:
    for part in parts:
        if not isinstance(part, Thought) or thoughts == "full":
            yield part
        elif thoughts == "summary":
            inner = tuple(one for one in part.parts if isinstance(one, Thought | Media))
            yield replace(part, parts=tuple(_with_thoughts(inner, thoughts)), log="")
