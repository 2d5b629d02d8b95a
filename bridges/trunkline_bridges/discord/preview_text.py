"""Discord's Markdown as HTML, for the operator's preview: what `render` writes, as Discord reads it. Pure.

Small print and times are Discord's own; the rest of what `text.py` writes means the same in CommonMark.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from typing import Final

from trunkline import markup
from trunkline.markup import Block, Inline

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
    drawn = _blocks(markup.parse(text), bare=bare)
    return _MARKED_TIME.sub(lambda found: f'<time class="ago">{_ago(now - int(found[1]))}</time>', drawn)


def _ago(seconds: float) -> str:
    for size, unit in _UNITS:
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {unit}{'s' * (count != 1)} ago"
    return f"{max(0, int(seconds))} seconds ago"


def _blocks(blocks: Iterable[Block], *, bare: bool = False) -> str:
    return "".join(_block(block, bare) for block in blocks)


def _block(block: Block, bare: bool = False) -> str:
    match block:
        case markup.Heading(level, children):
            # What a reply calls a heading is none of the page's.
            return f'<p class="h{min(level, 3)}">{_inline(children)}</p>'
        case markup.Paragraph(children):
            return _inline(children) if bare else f"<p>{_inline(children)}</p>"
        case markup.CodeBlock(text):
            return f'<pre tabindex="0"><code>{escape(text)}</code></pre>'
        case markup.Quote(blocks):
            return f"<blockquote>{_blocks(blocks)}</blockquote>"
        case markup.List(items, ordered, start, tight):
            tag = f'ol start="{start}"' if ordered else "ul"
            inner = "".join(f"<li>{_blocks(item.blocks, bare=tight)}</li>" for item in items)
            return f"<{tag}>{inner}</{tag[:2]}>"
        case _:
            return f"<p>{escape(markup.to_text((block,)))}</p>"


def _inline(children: Iterable[Inline]) -> str:
    return "".join(map(_span, children))


def _span(node: Inline) -> str:
    match node:
        case markup.Strong(children):
            return f"<strong>{_inline(children)}</strong>"
        case markup.Emphasis(children):
            return f"<em>{_inline(children)}</em>"
        case markup.Strike(children):
            return f"<s>{_inline(children)}</s>"
        case markup.Code(text):
            return f"<code>{escape(text)}</code>"
        case markup.LinkTo(children, url) if url.startswith(("http://", "https://", "data:", "/")):
            return f'<a href="{escape(url)}" rel="noreferrer" target="_blank">{_inline(children)}</a>'
        case markup.Break():
            return "<br>"
        case _:
            return escape(markup.inline_text((node,)))
