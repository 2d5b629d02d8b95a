"""Markdown's tree as HTML, for the operator's previews. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final

from . import markup
from .markup import Block, Inline

_BOXES: Final = {None: "", False: "☐ ", True: "☑ "}


def tree_html(blocks: Iterable[Block], *, bare: bool = False) -> str:
    """The tree as HTML; with `bare` paragraphs are lines without a tag. What was HTML is left out."""
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
            return f"<blockquote>{tree_html(blocks)}</blockquote>"
        case markup.List(items, ordered, start, tight):
            tag = f'ol start="{start}"' if ordered else "ul"
            inner = "".join(f"<li>{_BOXES[one.checked]}{tree_html(one.blocks, bare=tight)}</li>" for one in items)
            return f"<{tag}>{inner}</{tag[:2]}>"
        case markup.Table(head=head, rows=rows):
            lines = (_row(head, "th"), *(_row(row, "td") for row in rows))
            return f"<table>{''.join(lines)}</table>"
        case _:
            return f"<p>{escape(markup.to_text((block,)))}</p>"


def _row(cells: Iterable[markup.Cell], tag: str) -> str:
    return f"<tr>{''.join(f'<{tag}>{_inline(cell)}</{tag}>' for cell in cells)}</tr>"


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
