"""Markdown drawn as text of a platform's own: what all such texts have in common. Pure in effect.

A pen says how each thing is written and how words are kept from being taken for marks; a `Drawer` draws whole
texts with it, and those that still grow.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import zip_longest
from typing import ClassVar, Final

from . import formulas, markup
from .dialects import MARKDOWN, Dialect, reaches_back, without_half_fence
from .growing import Beginnings
from .html_text import html_text
from .markup import Block, Inline

ZERO_WIDTH: Final = "\u200b"
"""Stands between signs that together would be a mark."""
_GROWING: Final = 1500
"""Characters from which a text that still grows is drawn piece by piece."""
_KEPT_TEXTS: Final = 64
_NOTHING: Final[frozenset[str]] = frozenset()


class Pen(ABC):
    """Draws trees of one dialect."""

    bold: ClassVar[str] = "**"
    italic: ClassVar[str] = "*"
    struck: ClassVar[str] = "~~"
    bullet: ClassVar[str] = "- "
    rule: ClassVar[str] = "─" * 12
    boxes: ClassVar[Mapping[bool | None, str]] = {None: "", False: "☐ ", True: "☑ "}
    """What stands before an item that is no task, one that is open, one that is done."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.quotes = 0
        """Of how many quotes what is drawn stands within."""

    @abstractmethod
    def plain(self, text: str) -> str:
        """A text of an app that writes no Markdown."""

    @abstractmethod
    def words(self, text: str) -> str:
        """Words within a line, no sign of which is a mark."""

    @abstractmethod
    def lines(self, text: str) -> str:
        """Drawn lines, none of which is taken for the beginning of a block."""

    @abstractmethod
    def heading(self, level: int, children: Sequence[Inline]) -> str: ...

    @abstractmethod
    def code(self, text: str, language: str) -> str: ...

    @abstractmethod
    def span(self, text: str) -> str:
        """Code within a line."""

    @abstractmethod
    def quote(self, content: str) -> str:
        """Drawn lines as a quote; one of its own is not among `quotes`."""

    @abstractmethod
    def item(self, sign: str, content: str) -> str:
        """An item of a list; `sign` is what stands before it."""

    @abstractmethod
    def table(self, table: markup.Table) -> str: ...

    @abstractmethod
    def link(self, node: markup.LinkTo, within: frozenset[str]) -> str: ...

    @abstractmethod
    def image(self, alt: str, url: str) -> str: ...

    def verbatim(self, text: str) -> str:
        """Lines of words."""
        return self.lines(self.words(text))

    def beside(self, node: Inline, drawn: str, following: str) -> str:
        """A span as it is drawn before the next one."""
        return drawn

    @staticmethod
    def joined(parts: Iterable[str]) -> str:
        """Drawn blocks, one below the other."""
        return "\n\n".join(parts)

    def parts(self, text: str) -> list[str]:
        """The blocks of a text."""
        if not self.dialect.markdown:
            return [self.plain(text)] if text.strip() else []
        return self._drawn(markup.parse(text, self.dialect.math))

    def block(self, block: Block) -> str:
        match block:
            case markup.Heading(level, children):
                return self.heading(level, children)
            case markup.Paragraph(children):
                return self.lines(self.inline(children)).strip("\n")
            case markup.CodeBlock(text, language):
                return self.code(text, language)
            case markup.List():
                return self._list(block)
            case markup.Quote(blocks):
                return self._quote(blocks)
            case markup.Table():
                return self.table(block)
            case markup.Rule():
                return self.rule
            case markup.Math(tex):
                return self.verbatim(formulas.readable(tex))
            case markup.Html(html):
                return self.verbatim(html_text(html))

    def rows(self, table: markup.Table) -> str:
        """A table that is too wide: a list of its rows, each cell behind the name of its column."""
        names = [self.line(cell, frozenset({self.bold})) for cell in table.head]
        lines: list[str] = []
        for row in table.rows:
            pairs = zip_longest(names, map(self.line, row), fillvalue="")
            said = (self._named(name, cell) for name, cell in pairs if cell)
            lines.append(" · ".join(said))
        return "\n".join(f"- {line}" for line in lines if line) or self.lines(" · ".join(filter(None, names)))

    def line(self, children: Iterable[Inline], within: frozenset[str] = _NOTHING) -> str:
        """Spans in one line."""
        return " ".join(self.inline(children, within).split())

    def inline(self, children: Iterable[Inline], within: frozenset[str] = _NOTHING) -> str:
        """The spans of a text; `within` are the marks that are open around them."""
        nodes = list(children)
        spans = [self._span(node, within) for node in nodes]
        parts: list[str] = []
        for node, span, following in zip(nodes, spans, [*spans[1:], ""], strict=False):
            drawn = self.beside(node, span, following)
            before = parts[-1][-1:] if parts else ""
            if drawn[:1] == before and before in ("*", "~", "`", "_"):
                drawn = ZERO_WIDTH + drawn  # two marks in a row would be another one
            if drawn:
                parts.append(drawn)
        return "".join(parts)

    def _drawn(self, blocks: Iterable[Block]) -> list[str]:
        return [drawn for block in blocks if (drawn := self.block(block))]

    def _list(self, block: markup.List) -> str:
        items: list[str] = []
        for number, item in enumerate(block.items, block.start):
            sign = f"{number}. " if block.ordered else self.bullet
            items.append(self.item(sign, self.boxes[item.checked] + "\n".join(self._drawn(item.blocks))))
        return "\n".join(items)

    def _quote(self, blocks: Sequence[Block]) -> str:
        self.quotes += 1
        content = self.joined(self._drawn(blocks))
        self.quotes -= 1
        return self.quote(content) if content else ""

    def _named(self, name: str, cell: str) -> str:
        return f"{self.bold}{self.lines(name)}:{self.bold} {cell}" if name else self.lines(cell)

    def _span(self, node: Inline, within: frozenset[str]) -> str:
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
                return self.link(node, within)
            case markup.Image(alt, url):
                return self.image(alt, url)
            case markup.Break(hard):
                return "\n" if hard or self.dialect.line_breaks else " "
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


class Drawer:
    """Draws texts with one sort of pen, and remembers the newest of them."""

    def __init__(self, pen: type[Pen]) -> None:
        self._pen = pen
        self._beginnings = Beginnings[Dialect](self._parts, pen.joined)
        self._whole = lru_cache(_KEPT_TEXTS)(self.afresh)

    def draw(self, text: str, dialect: Dialect = MARKDOWN, *, growing: bool = False) -> str:
        """`text` as the platform shows it. One that is `growing` may end within a mark that is not whole yet."""
        if not growing:
            return self._whole(text, dialect)
        text = without_half_fence(text)
        if len(text) < _GROWING or not dialect.markdown or reaches_back(text):
            return self.afresh(text, dialect)
        return self._beginnings.draw(text, dialect)

    def afresh(self, text: str, dialect: Dialect) -> str:
        """`text` drawn without anything being remembered."""
        return self._pen.joined(self._parts(text, dialect))

    def _parts(self, text: str, dialect: Dialect) -> list[str]:
        return self._pen(dialect).parts(text)
