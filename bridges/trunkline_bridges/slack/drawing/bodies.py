"""The bodies of a reply's text posts: blocks within their limits, and all of it in words. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

from trunkline.bridge import View
from trunkline.labels import clipped
from trunkline.messages import Json, Reply

from ..limits import BLOCKS, BLOCKS_TEXT
from . import thoughts
from .blocks import Block, characters, context, ended_controls, labels, markdown, running_controls, words_of
from .composed import Composed
from .marks import plain
from .pieces import closing_at, opening_at, piece
from .text import mrkdwn

_GROUPS: Final = 12
"""Groups of thoughts that have a place of their own in a message; further ones stand together below."""
_WORDS: Final = 39_000
"""Characters of a message's `text`; Slack cuts at 40,000."""


def piece_blocks(made: Composed, view: View, start: int, end: int | None, *, running: bool) -> list[Block]:
    """A piece of the text with the thoughts that stand in it."""
    text = made.text
    groups = made.groups_in(start, end)
    blocks: list[Block] = []
    room = thoughts.ROOM
    begin = start
    for number, group in enumerate(groups):
        if number < _GROUPS:
            blocks += _words(text, begin, max(begin, group.offset), end)
            begin = max(begin, group.offset)
            drawn = thoughts.group_blocks(group.thoughts, view, room, running=running)
        else:
            further = [one for other in groups[_GROUPS:] for one in other.thoughts]
            blocks += _words(text, begin, end, end)
            return [*blocks, *thoughts.group_blocks(further, view, room, running=running)]
        room -= characters(list(drawn))
        blocks += drawn
    return [*blocks, *_words(text, begin, end, end)]


def _words(text: str, start: int, end: int | None, whole_end: int | None) -> list[Block]:
    """Text within a piece: only at the piece's own end something may have to be closed."""
    body = text[start:end].strip("\n").rstrip()
    if not body.strip():
        return []
    closing = closing_at(text, end) if end is not None and end == whole_end else ""
    return [markdown(opening_at(text, start) + body + closing)]


def said(made: Composed, view: View, start: int, end: int | None) -> str:
    """The same in words."""
    parts = [thoughts.said(group.thoughts, view) for group in made.groups_in(start, end)]
    return "\n".join(part for part in (*parts, mrkdwn(piece(made.text, start, end))) if part)


def body(
    blocks: Sequence[Block], words: str, tail: Sequence[Block] = (), controls: Sequence[Block] = ()
) -> dict[str, Json]:
    """A message: what it says, what stands below that, the controls."""
    text = "\n".join(part for part in (words, *map(words_of, tail), plain(labels(controls))) if part)
    return {"text": clipped(text, _WORDS) or "…", "blocks": [*blocks, *tail, *controls] or [context("…")]}


def controls_of(reply: Reply, view: View, used: Sequence[Block]) -> tuple[list[Block], list[list[Block]]]:
    """The controls that stand below the last text post, which has `used` already, and those of further posts.

    There are as many posts for the newest turn as for an older one, so that they can be changed into each other.
    """
    if reply.running:
        return running_controls(view), []
    newest = replace(view, newest=True, chosen=-1)
    room = BLOCKS_TEXT - characters(list(used))
    first, *further = _packed(ended_controls(reply, newest), room, BLOCKS - len(used))
    if view.newest:
        return first, further
    gone = [context(plain(view.words("slack_older_options")))]
    return ended_controls(reply, view), [gone for _ in further]


def _packed(blocks: Iterable[Block], room: int, most: int) -> list[list[Block]]:
    """Blocks by message, the first of which has less room."""
    packed: list[list[Block]] = [[]]
    for block in blocks:
        size = characters(block)
        if size > room or not most:
            packed.append([])
            room, most = BLOCKS_TEXT, BLOCKS
        packed[-1].append(block)
        room -= size
        most -= 1
    return packed
