"""Markdown as Discord shows it: drawn from the tree, with everything escaped that was not meant as a mark. Pure.

Discord has headings of three levels, lists, quotes of one level, masked links, fences, spoilers and small print;
it has no tables, pictures, rules, HTML or LaTeX, for which the nearest that can be read is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import zip_longest
from typing import Final
from urllib.parse import urlsplit

from trunkline import formulas, markup, tables
from trunkline.dialects import (
    MARKDOWN,
    Dialect,
    cell_text,
    dialect_of,
    is_address,
    reaches_back,
    without_half_fence,
)
from trunkline.growing import Beginnings
from trunkline.html_text import html_text
from trunkline.markup import Block, Inline

from .marks import ZERO_WIDTH, behind, code_span, escape, escape_lines, fenced, item, masked, not_a_block

TABLE_WIDTH: Final = 72
"""Columns of a code block that a narrow window still shows in one line."""
_TABLE_BLOCK: Final = 1200
"""Characters of rows that stand in one code block."""
_RULE: Final = "─" * 12
_BOXES: Final = {None: "", False: "☐ ", True: "☑ "}
_GROWING: Final = 1500
"""Characters from which a text that still grows is drawn piece by piece."""
_KEPT_TEXTS: Final = 64
__all__ = ["TABLE_WIDTH", "Dialect", "dialect_of", "draw", "escape", "table_block"]

_AFTER_ADDRESS: Final = frozenset(" \n.,;:!?)\"'*")
_HEADINGS: Final = ("# ", "## ", "### ")


def draw(text: str, dialect: Dialect = MARKDOWN, *, growing: bool = False) -> str:
    """`text` as Discord's Markdown. A text that is `growing` may end within a mark that is not whole yet."""
    if not growing:
        return _whole(text, dialect)
    text = without_half_fence(text)
    if len(text) < _GROWING or not dialect.markdown or reaches_back(text):
        return _joined(_parts(text, dialect))
    return _beginnings.draw(text, dialect)


@lru_cache(_KEPT_TEXTS)
def _whole(text: str, dialect: Dialect) -> str:
    return _joined(_parts(text, dialect))


def _parts(text: str, dialect: Dialect) -> list[str]:
    if not dialect.markdown:
        return [escape_lines(text)] if text.strip() else []
    pen = _Pen(dialect)
    return [drawn for block in markup.parse(text, dialect.math) if (drawn := pen.block(block))]


def _joined(parts: Iterable[str]) -> str:
    """Blocks with an empty line between them; none below a heading, which has room of its own."""
    whole: list[str] = []
    for part in parts:
        if whole:
            last = whole[-1].rsplit("\n", 1)[-1]
            whole.append("\n" if last.startswith(_HEADINGS) else "\n\n")
        whole.append(part)
    return "".join(whole)


_beginnings = Beginnings(_parts, _joined)


def table_block(
    head: Sequence[str], rows: Sequence[Sequence[str]], aligns: Sequence[markup.Align] = ()
) -> str | None:
    """A table as a code block whose columns line up; None when it is too wide for one.

    A long one is several blocks, each with the head, so that it is not cut anywhere else.
    """
    blocks = tables.aligned_blocks(head, rows, aligns, widest=TABLE_WIDTH, size=_TABLE_BLOCK)
    return None if blocks is None else "\n\n".join(map(fenced, blocks))


class _Pen:
    """Draws trees of one dialect."""

    def __init__(self, dialect: Dialect) -> None:
        self._soft_break = "\n" if dialect.line_breaks else " "
        self._quotes = 0

    def blocks(self, blocks: Sequence[Block]) -> str:
        return _joined(drawn for block in blocks if (drawn := self.block(block)))

    def block(self, block: Block) -> str:
        match block:
            case markup.Heading(level, children):
                return self._heading(level, children)
            case markup.Paragraph(children):
                return self._lines(children)
            case markup.CodeBlock(text, language):
                return fenced(text, language)
            case markup.List():
                return self._list(block)
            case markup.Quote(blocks):
                return self._quote(blocks)
            case markup.Table():
                return self._table(block)
            case markup.Rule():
                return _RULE
            case markup.Math(tex):
                return escape_lines(formulas.readable(tex))
            case markup.Html(html):
                return escape_lines(html_text(html))

    def _heading(self, level: int, children: Sequence[Inline]) -> str:
        bold = level > 3
        line = " ".join(self.inline(children, frozenset({"**"} if bold else ())).split())
        if not line:
            return ""
        line = not_a_block(line)
        return f"**{line}**" if bold else f"{'#' * level} {line}"

    def _lines(self, children: Sequence[Inline]) -> str:
        return "\n".join(map(not_a_block, self.inline(children).split("\n"))).strip("\n")

    def _list(self, block: markup.List) -> str:
        items: list[str] = []
        for number, task in enumerate(block.items):
            sign = f"{block.start + number}. " if block.ordered else "- "
            content = "\n".join(drawn for one in task.blocks if (drawn := self.block(one)))
            items.append(item(sign, _BOXES[task.checked] + content))
        return "\n".join(items)

    def _quote(self, blocks: Sequence[Block]) -> str:
        self._quotes += 1
        content = self.blocks(blocks)
        self._quotes -= 1
        # There are no quotes within quotes.
        return behind("▏" if self._quotes else "> ", content) if content else ""

    def _table(self, table: markup.Table) -> str:
        head = [cell_text(cell) for cell in table.head]
        rows = [[cell_text(cell) for cell in row] for row in table.rows]
        return table_block(head, rows, table.align) or self._rows(table)

    def _rows(self, table: markup.Table) -> str:
        """A table that is too wide: a list of its rows, each cell behind the name of its column."""
        bold = frozenset({"**"})
        names = [" ".join(self.inline(cell, bold).split()) for cell in table.head]
        lines: list[str] = []
        for row in table.rows:
            cells = [" ".join(self.inline(cell).split()) for cell in row]
            said = [
                f"**{not_a_block(name)}:** {cell}" if name else not_a_block(cell)
                for name, cell in zip_longest(names, cells, fillvalue="")
                if cell
            ]
            lines.append("- " + " · ".join(said))
        return "\n".join(lines) or escape(" · ".join(names))

    def inline(self, children: Iterable[Inline], within: frozenset[str] = frozenset()) -> str:
        """The spans of a line; `within` are the marks that are open around them."""
        parts: list[str] = []
        nodes = list(children)
        for number, node in enumerate(nodes):
            drawn = self._span(node, within)
            if isinstance(node, markup.LinkTo) and drawn == node.url and number + 1 < len(nodes):
                following = self._span(nodes[number + 1], within)[:1]
                drawn = drawn if following in _AFTER_ADDRESS or not following else f"<{drawn}>"
            before = parts[-1][-1:] if parts else ""
            if drawn[:1] == before and before in ("*", "~", "`"):
                drawn = ZERO_WIDTH + drawn  # two marks in a row would be another one
            if drawn:
                parts.append(drawn)
        return "".join(parts)

    def _span(self, node: Inline, within: frozenset[str]) -> str:
        match node:
            case markup.Str(text):
                return escape(text)
            case markup.Strong(children):
                return self._marked("**", children, within)
            case markup.Emphasis(children):
                return self._marked("*", children, within)
            case markup.Strike(children):
                return self._marked("~~", children, within)
            case markup.Code(text):
                return code_span(text)
            case markup.LinkTo():
                return self._link(node, within)
            case markup.Image(alt, url):
                return _image(alt, url)
            case markup.Break(hard):
                return "\n" if hard else self._soft_break
            case markup.MathInline(tex, display):
                drawn = escape(formulas.readable(tex).replace("\n", "; "))
                return f"\n{drawn}\n" if display else drawn
            case markup.HtmlInline():
                return ""

    def _marked(self, mark: str, children: Sequence[Inline], within: frozenset[str]) -> str:
        if mark in within:
            return self.inline(children, within)
        content = self.inline(children, within | {mark})
        return f"{mark}{content}{mark}" if content.strip() else content

    def _link(self, node: markup.LinkTo, within: frozenset[str]) -> str:
        label = markup.inline_text(node.children).strip()
        url = node.url
        if node.bare or not label or label == url:
            return label if url.startswith("mailto:") and label else url
        if urlsplit(url).scheme not in ("http", "https"):
            return f"{self.inline(node.children, within)} ({escape(url.removeprefix('mailto:'))})"
        if is_address(label, url):
            return url
        return masked(_in_brackets(self.inline(node.children, within)), url)


def _in_brackets(label: str) -> str:
    """A label whose brackets cannot end it."""
    label = label.replace("\n", " ")
    return label.replace("[", "(").replace("]", ")") if "[" in label or "]" in label else label


def _image(alt: str, url: str) -> str:
    words = " ".join(alt.split())
    if not url.startswith(("http://", "https://")):
        return f"🖼 {escape(words)}".rstrip()  # an address on nobody's site, or the picture itself as text
    return masked(_in_brackets(escape(words)), url) if words and not is_address(words, "") else url
