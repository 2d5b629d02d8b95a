"""Texts as Slack shows them, drawn from the tree: Markdown for `markdown` blocks and streams, else mrkdwn. Pure.

Slack's `markdown` block has headings, lists, tasks, quotes, code, tables and links; no pictures, HTML or LaTeX,
for which the nearest that can be read is written. Code and addresses stay as they are; nobody is called.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import zip_longest
from typing import Final
from urllib.parse import urlsplit

from trunkline import formulas, markup, tables
from trunkline.dialects import MARKDOWN, Dialect, cell_text, is_address, reaches_back, without_half_fence
from trunkline.growing import Beginnings, settled
from trunkline.html_text import html_text
from trunkline.markup import Block, Inline, indented

from ..limits import TABLE_COLUMNS
from . import marks
from .marks import escape, escape_lines, not_a_block

TABLE_WIDTH: Final = 90
_TABLE_BLOCK: Final = 2000
_GROWING: Final = 1500
"""Characters from which a text that still grows is drawn piece by piece."""
_KEPT: Final = 64
_ALIGNS: Final = {"": "---", "left": ":---", "center": ":---:", "right": "---:"}
_BOXES: Final = {None: "", False: "[ ] ", True: "[x] "}
_PROBES: Final = (
    "x", " x", "*", "x*", "x**", "x***", "_x", "x_", "x__", "x`", "x``", "```", "x~~", ")", "](u)", "x](u)",
    "x](u) ", ">", "x>", ";", "\nx",
)  # fmt: skip
"""What may come next in a text and change how what stands before it is read."""


def draw(text: str, dialect: Dialect = MARKDOWN, *, growing: bool = False) -> str:
    """`text` as Markdown. A text that is `growing` may end within a mark that is not whole yet."""
    if not growing:
        return _whole(text, dialect)
    text = without_half_fence(text)
    if len(text) < _GROWING or not dialect.markdown or reaches_back(text):
        return _joined(_parts(text, dialect))
    return _beginnings.draw(text, dialect)


def sure_length(text: str, dialect: Dialect) -> int:
    """How much of `draw(text, growing=True)` stays as it is, by all likelihood, whatever comes next in `text`."""
    drawn = draw(text, dialect, growing=True)
    begin = 0 if reaches_back(text) or not dialect.markdown else settled(text)
    tail = text[begin:]
    now = _joined(_parts(without_half_fence(tail), dialect))
    following = [*_PROBES, *(f"x{right}" for _, right, _ in dialect.math)]
    texts = [*(tail + more for more in following), *_as_table(tail)]
    then = (_joined(_parts(without_half_fence(text), dialect)) for text in texts)
    same = min(_alike(now, other) for other in then)
    return max(0, len(drawn) - len(now) + same)


def _alike(one: str, other: str) -> int:
    """How far two texts are the same."""
    if other.startswith(one):
        return len(one)
    return next((place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), len(other))


def _as_table(tail: str) -> Iterator[str]:
    """The text with its last line as the head of a table, where it may come to be one."""
    head, _, last = tail.rpartition("\n")
    if "|" not in last and not last.strip(" -:"):
        last = "|" if "|" in head.rpartition("\n")[2] else last
    if "|" not in last:
        return
    whole = head if head and not last.strip(" |:-") else tail
    columns = whole.rpartition("\n")[2].strip().strip("|").count("|") + 1
    yield f"{whole}\n|{'-|' * columns}"


@lru_cache(_KEPT)
def _whole(text: str, dialect: Dialect) -> str:
    return _joined(_parts(text, dialect))


@lru_cache(_KEPT)
def mrkdwn(text: str, dialect: Dialect = MARKDOWN) -> str:
    """`text` as mrkdwn: for modals, the App Home, and the `text` of messages."""
    if not dialect.markdown:
        return marks.plain(text)
    return _Mrkdwn(dialect).blocks(markup.parse(text, dialect.math))


def _parts(text: str, dialect: Dialect) -> list[str]:
    if not dialect.markdown:
        return [escape_lines(text.strip("\n"))] if text.strip() else []
    pen = _Markdown(dialect)
    return [drawn for block in markup.parse(text, dialect.math) if (drawn := pen.block(block))]


def _joined(parts: Iterable[str]) -> str:
    return "\n\n".join(parts)


_beginnings = Beginnings(_parts, _joined)


class _Pen:
    """What both sorts of text have in common; a pen draws the trees of one dialect."""

    bold = "**"
    italic = "*"
    struck = "~~"

    def __init__(self, dialect: Dialect) -> None:
        self._soft_break = "\n" if dialect.line_breaks else " "

    def blocks(self, blocks: Sequence[Block]) -> str:
        return _joined(drawn for block in blocks if (drawn := self.block(block)))

    def block(self, block: Block) -> str:
        match block:
            case markup.Heading(level, children):
                return self.heading(level, " ".join(self.inline(children).split()))
            case markup.Paragraph(children):
                return self.lines(self.inline(children)).strip("\n")
            case markup.CodeBlock(text, language):
                return self.code(text, language)
            case markup.List():
                return self.list(block)
            case markup.Quote(blocks):
                content = self.blocks(blocks)
                return self.quote(content) if content else ""
            case markup.Table():
                return self.table(block)
            case markup.Rule():
                return self.rule()
            case markup.Math(tex):
                return self.lines(self.words(formulas.readable(tex)))
            case markup.Html(html):
                return self.lines(self.words(html_text(html)))

    def heading(self, level: int, line: str) -> str:
        raise NotImplementedError

    def lines(self, text: str) -> str:
        return text

    def words(self, text: str) -> str:
        raise NotImplementedError

    def code(self, text: str, language: str) -> str:
        raise NotImplementedError

    def span(self, text: str) -> str:
        raise NotImplementedError

    def quote(self, content: str) -> str:
        raise NotImplementedError

    def rule(self) -> str:
        raise NotImplementedError

    def list(self, block: markup.List) -> str:
        raise NotImplementedError

    def table(self, table: markup.Table) -> str:
        raise NotImplementedError

    def link(self, label: str, url: str) -> str:
        raise NotImplementedError

    def rows(self, table: markup.Table) -> str:
        """A table that is too wide: a list of its rows, each cell behind the name of its column."""
        names = [" ".join(self.inline(cell, frozenset({self.bold})).split()) for cell in table.head]
        lines: list[str] = []
        for row in table.rows:
            cells = [" ".join(self.inline(cell).split()) for cell in row]
            pairs = [(name, cell) for name, cell in zip_longest(names, cells, fillvalue="") if cell]
            lines.append(
                " · ".join(f"{self.bold}{name}:{self.bold} {cell}" if name else cell for name, cell in pairs)
            )
        return "\n".join(f"- {line}" for line in lines if line) or self.lines(" · ".join(filter(None, names)))

    def inline(self, children: Iterable[Inline], within: frozenset[str] = frozenset()) -> str:
        """The spans of a line; `within` are the marks that are open around them."""
        parts: list[str] = []
        for node in children:
            drawn = self._node(node, within)
            before = parts[-1][-1:] if parts else ""
            if drawn[:1] == before and before in ("*", "~", "`", "_"):
                drawn = marks.ZERO_WIDTH + drawn  # two marks in a row would be another one
            if drawn:
                parts.append(drawn)
        return "".join(parts)

    def _node(self, node: Inline, within: frozenset[str]) -> str:
        match node:
            case markup.Str(text):
                return self.words(text)
            case markup.Strong(children):
                return self._marked(self.bold, children, within)
            case markup.Emphasis(children):
                return self._marked(self.italic, children, within)
            case markup.Strike(children):
                return self._marked(self.struck, children, within)
            case markup.Code(text):
                return self.span(text)
            case markup.LinkTo():
                return self._link(node, within)
            case markup.Image(alt, url):
                return self._image(alt, url)
            case markup.Break(hard):
                return "\n" if hard else self._soft_break
            case markup.MathInline(tex, display):
                drawn = self.words(formulas.readable(tex).replace("\n", "; "))
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
        if not url.startswith(("http://", "https://", "mailto:")):
            shown = self.inline(node.children, within)
            return shown if node.bare or not url else f"{shown} ({self.words(url)})"
        if url.startswith("mailto:"):
            return self.link(self.words(label or url.removeprefix("mailto:")), url)
        if node.bare or not label or label == url or is_address(label, url):
            return self.link("", url)
        return self.link(" ".join(self.inline(node.children, within).split()), url)

    def _image(self, alt: str, url: str) -> str:
        words = " ".join(alt.split())
        if urlsplit(url).scheme not in ("http", "https"):
            return f"🖼 {self.words(words)}".rstrip()  # the picture itself as text, or an address on nobody's site
        return self.link(self.words(f"🖼 {words}") if words and not is_address(words, "") else "", url)


class _Markdown(_Pen):
    """Standard Markdown."""

    def heading(self, level: int, line: str) -> str:
        return f"{'#' * level} {line}" if line else ""

    def lines(self, text: str) -> str:
        # Two spaces at the end keep the line's end.
        lines = [not_a_block(line.lstrip(" \t")) for line in text.split("\n")]
        return "  \n".join(line for line in lines if line.strip())

    def words(self, text: str) -> str:
        return escape(text)

    def code(self, text: str, language: str) -> str:
        return marks.fenced(text, language)

    def span(self, text: str) -> str:
        return marks.code_span(text)

    def quote(self, content: str) -> str:
        return indented(content, "> ", "> ")

    def rule(self) -> str:
        return "***"

    def list(self, block: markup.List) -> str:
        items: list[str] = []
        for number, item in enumerate(block.items):
            sign = f"{block.start + number}. " if block.ordered else "- "
            content = "\n".join(drawn for one in item.blocks if (drawn := self.block(one)))
            items.append(indented(_BOXES[item.checked] + content, sign, " " * len(sign)))
        return "\n".join(items)

    def table(self, table: markup.Table) -> str:
        if len(table.head) > TABLE_COLUMNS:
            return self.rows(table)
        lines = [self._row(table.head), f"| {' | '.join(_ALIGNS[align] for align in table.align)} |"]
        return "\n".join((*lines, *map(self._row, table.rows)))

    def _row(self, cells: Sequence[markup.Cell]) -> str:
        written = (" ".join(self.inline(cell).split()).replace("\\|", "|").replace("|", "\\|") for cell in cells)
        return f"| {' | '.join(written)} |"

    def link(self, label: str, url: str) -> str:
        return marks.link(label, url) if label else url


class _Mrkdwn(_Pen):
    """Slack's own."""

    bold = "*"
    italic = "_"
    struck = "~"

    def heading(self, level: int, line: str) -> str:
        return f"*{line.replace('*', '')}*" if line.strip("*") else ""

    def words(self, text: str) -> str:
        return marks.plain(text)

    def code(self, text: str, language: str) -> str:
        return f"```\n{marks.entities(text.replace('```', marks.ZERO_WIDTH.join('```')))}\n```"

    def span(self, text: str) -> str:
        return f"`{marks.entities(text.replace('`', 'ˋ'))}`"

    def quote(self, content: str) -> str:
        return "\n".join(f"> {line.removeprefix('> ')}" for line in content.split("\n"))

    def rule(self) -> str:
        return "─" * 12

    def list(self, block: markup.List) -> str:
        boxes = {None: "", False: "☐ ", True: "☑ "}
        items: list[str] = []
        for number, item in enumerate(block.items):
            sign = f"{block.start + number}. " if block.ordered else "• "
            content = "\n".join(drawn for one in item.blocks if (drawn := self.block(one)))
            items.append(indented(boxes[item.checked] + content, sign, "    "))
        return "\n".join(items)

    def table(self, table: markup.Table) -> str:
        head = [cell_text(cell) for cell in table.head]
        rows = [[cell_text(cell) for cell in row] for row in table.rows]
        drawn = tables.aligned_blocks(head, rows, table.align, widest=TABLE_WIDTH, size=_TABLE_BLOCK)
        return self.rows(table) if drawn is None else "\n".join(self.code(one, "") for one in drawn)

    def link(self, label: str, url: str) -> str:
        return marks.link_of(label, url)
