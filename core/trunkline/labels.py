"""Short texts for labels and lines, cut between what a reader takes for signs. Pure."""

from __future__ import annotations

from wcwidth import grapheme_boundary_before

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
