"""The thoughts of a reply as steps: which there are, which one runs, what they are called. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final, Literal, TypeAlias

from . import markup
from .bridge import View
from .labels import one_line
from .messages import Media, Part, Reply, Thought, walk

Level: TypeAlias = Literal["full", "summary", "hidden"]
TITLE: Final = 120
"""Characters of a title."""
_KEPT_TITLES: Final = 256


def level_of(view: View) -> Level:
    """How much is shown of thoughts, by the bridge's setting."""
    match view.options.get("thoughts"):
        case "full":
            return "full"
        case "hidden":
            return "hidden"
        case _:
            return "summary"


def thoughts_of(reply: Reply) -> list[Thought]:
    """The outermost thoughts."""
    return [part for message in reply.messages for part in message.parts if isinstance(part, Thought)]


def offered(reply: Reply, view: View) -> bool:
    """There is more to the thoughts than their titles, and it may be seen."""
    return level_of(view) != "hidden" and any(thought.parts or thought.log for thought in thoughts_of(reply))


def media_in(thoughts: Sequence[Part]) -> Iterator[Media]:
    """The media that thoughts hold."""
    return (part for part in walk(thoughts) if isinstance(part, Media))


def path_of(thought: Thought, number: int, above: str = "") -> str:
    """What names a thought in its reply while that grows; `number` is its place among the parts around it."""
    return f"{above}/{thought.id or number}:{thought.title[:TITLE]}"


def with_paths(thoughts: Sequence[Part], above: str = "") -> Iterator[tuple[Thought, str]]:
    """Every thought with its path."""
    for number, part in enumerate(thoughts):
        if isinstance(part, Thought):
            path = path_of(part, number, above)
            yield part, path
            yield from with_paths(part.parts, path)


def flat(thoughts: Sequence[Part], depth: int = 0) -> Iterator[tuple[Thought, int]]:
    """Every thought with how deep it is nested."""
    for part in thoughts:
        if isinstance(part, Thought):
            yield part, depth
            yield from flat(part.parts, depth + 1)


def current(thoughts: Sequence[Part], above: str = "") -> tuple[tuple[Thought, ...], str] | None:
    """The way down to the deepest pending thought, the last one of each level, and its path."""
    found: tuple[tuple[Thought, ...], str] | None = None
    for number, part in enumerate(thoughts):
        if not isinstance(part, Thought):
            continue
        path = path_of(part, number, above)
        deeper = current(part.parts, path)
        if deeper is not None:
            found = (part, *deeper[0]), deeper[1]
        elif part.status == "pending":
            found = (part,), path
    return found


def plain_title(thought: Thought) -> str:
    """A thought's title as words of one line, its marks left out."""
    return _plain_title(thought.title[: 4 * TITLE])


@lru_cache(_KEPT_TITLES)
def _plain_title(title: str) -> str:
    blocks = markup.parse(title)
    plain = markup.to_text(blocks) if blocks else title
    return one_line(plain or title, TITLE)
