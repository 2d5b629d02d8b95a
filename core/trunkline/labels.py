"""Short texts for labels and lines, cut between what a reader takes for signs. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from wcwidth import grapheme_boundary_before

from .backend import Example
from .messages import AppFile, Link, Media
from .splitting import utf16_length


def clipped(text: str, limit: int) -> str:
    """`text` in at most `limit` characters, with an ellipsis where something is left out."""
    if len(text) <= limit:
        return text
    end = grapheme_boundary_before(text[:limit], limit) or limit - 1
    return text[:end].rstrip() + "…"


def one_line(text: str, limit: int) -> str:
    """`text` as one line of at most `limit` characters."""
    return clipped(" ".join(text.split()), limit)


def line_within(text: str, limit: int) -> str:
    """`text` as one line of at most `limit` characters, however they are counted."""
    room = limit
    line = one_line(text, room)
    while (over := utf16_length(line) - limit) > 0:
        room -= (over + 1) // 2
        line = one_line(text, max(1, room))
    return line


def file_names(files: Iterable[Media]) -> str:
    """What files are called, one after the other."""
    return ", ".join(map(_file_name, files))


def _file_name(file: Media) -> str:
    match file.source:
        case AppFile(path=address) | Link(address):
            return file.name or address.rsplit("/", 1)[-1]
        case _:
            return file.name or file.kind


def title_of(example: Example, limit: int) -> str:
    """What an example is called in one line."""
    return one_line(example.shown, limit) or file_names(example.media)


def beside_title(example: Example) -> str:
    """What there is to say of an example beside its title."""
    return file_names(example.media) or (example.text if example.label else "")
