"""Discord's Markdown as HTML, for the operator's preview: what `render` writes, as Discord reads it. Pure.

Small print and times are Discord's own; the rest of what `text.py` writes means the same in CommonMark.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from trunkline import markup
from trunkline.tree_html import tree_html

_SMALL: Final = "-# "
_WORDS: Final = "\u2060"
_TIME: Final = re.compile(r"(?<!\\)<t:(\d{1,12}):R>")
_MARKED_TIME: Final = re.compile("\ue000(\\d+)\ue001")
_UNITS: Final = ((31_536_000, "year"), (2_592_000, "month"), (86_400, "day"), (3600, "hour"), (60, "minute"))


def text_html(content: str, now: float) -> str:
    """A message's content; `now` is what times are relative to, in seconds since the epoch."""
    return "".join(_section(lines, is_small, now) for lines, is_small in _sections(content.split("\n")))


def _sections(lines: Sequence[str]) -> Iterator[tuple[list[str], bool]]:
    """Lines that are small print, and those that are not; a fence is never divided."""
    section: list[str] = []
    was_small, fenced = False, False
    for line in lines:
        is_small = line.startswith(_SMALL) and not fenced
        if section and is_small != was_small:
            yield section, was_small
            section = []
        section.append(line)
        was_small = is_small
        fenced = fenced != line.lstrip("> ").startswith("```")
    if section:
        yield section, was_small


def _section(lines: Sequence[str], is_small: bool, now: float) -> str:
    if is_small:
        # Small print is words: it begins no list and no heading.
        inner = "<br>".join(_tree([_WORDS + line.removeprefix(_SMALL)], now, bare=True)[1:] for line in lines)
        return f'<p class="small">{inner}</p>'
    return _tree(lines, now)


def _tree(lines: Sequence[str], now: float, *, bare: bool = False) -> str:
    text = _TIME.sub("\ue000\\1\ue001", "\n".join(lines))
    drawn = tree_html(markup.parse(text), bare=bare)
    return _MARKED_TIME.sub(lambda found: f'<time class="ago">{_ago(now - int(found[1]))}</time>', drawn)


def _ago(seconds: float) -> str:
    for size, unit in _UNITS:
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}{'s' * (count != 1)} ago"
    return f"{max(0, int(seconds))} seconds ago"
