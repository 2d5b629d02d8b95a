"""Texts as Slack shows them, drawn from the tree: Markdown for `markdown` blocks and streams, else mrkdwn. Pure.

Slack's `markdown` block has headings, lists, tasks, quotes, code, tables and links; no pictures, HTML or LaTeX,
for which the nearest that can be read is written. Code and addresses stay as they are; nobody is called.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import ClassVar, Final
from urllib.parse import urlsplit

from trunkline import markup, tables
from trunkline.dialects import MARKDOWN, Dialect, cell_text, is_address, reaches_back, without_half_fence
from trunkline.growing import settled
from trunkline.markup import Inline, indented
from trunkline.pens import Drawer, Pen

from ..limits import TABLE_COLUMNS
from . import marks
from .marks import escape, escape_lines, not_a_block

TABLE_WIDTH: Final = 90
_TABLE_BLOCK: Final = 2000
_KEPT: Final = 64
_ALIGNS: Final = {"": "---", "left": ":---", "center": ":---:", "right": "---:"}
_PROBES: Final = (
    "x", " x", "*", "x*", "x**", "x***", "_x", "x_", "x__", "x`", "x``", "```", "x~~", ")", "](u)", "x](u)",
    "x](u) ", ">", "x>", ";", "\nx",
)  # fmt: skip
"""What may come next in a text and change how what stands before it is read."""


def sure_length(text: str, dialect: Dialect) -> int:
    """How much of `draw(text, growing=True)` stays as it is, by all likelihood, whatever comes next in `text`."""
    drawn = draw(text, dialect, growing=True)
    begin = 0 if reaches_back(text) or not dialect.markdown else settled(text)
    tail = text[begin:]
    now = _markdown.afresh(without_half_fence(tail), dialect)
    following = [*_PROBES, *(f"x{right}" for _, right, _ in dialect.math)]
    texts = [*(tail + more for more in following), *_as_table(tail)]
    then = (_markdown.afresh(without_half_fence(text), dialect) for text in texts)
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


class _Pen(Pen):
    """What both sorts of text have in common."""

    @abstractmethod
    def address(self, label: str, url: str) -> str:
        """A link behind a label that is drawn already, "" for none."""

    def link(self, node: markup.LinkTo, within: frozenset[str]) -> str:
        label = markup.inline_text(node.children).strip()
        url = node.url
        if not url.startswith(("http://", "https://", "mailto:")):
            shown = self.inline(node.children, within)
            return shown if node.bare or not url else f"{shown} ({self.words(url)})"
        if url.startswith("mailto:"):
            return self.address(self.words(label or url.removeprefix("mailto:")), url)
        if node.bare or not label or label == url or is_address(label, url):
            return self.address("", url)
        return self.address(self.line(node.children, within), url)

    def image(self, alt: str, url: str) -> str:
        words = " ".join(alt.split())
        if urlsplit(url).scheme not in ("http", "https"):
            return f"🖼 {self.words(words)}".rstrip()  # the picture itself as text, or an address on nobody's site
        return self.address(self.words(f"🖼 {words}") if words and not is_address(words, "") else "", url)


class _Markdown(_Pen):
    """Standard Markdown."""

    rule = "***"
    boxes: ClassVar[Mapping[bool | None, str]] = {None: "", False: "[ ] ", True: "[x] "}

    def plain(self, text: str) -> str:
        return escape_lines(text.strip("\n"))

    def heading(self, level: int, children: Sequence[Inline]) -> str:
        line = self.line(children)
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

    def item(self, sign: str, content: str) -> str:
        return indented(content, sign, " " * len(sign))

    def table(self, table: markup.Table) -> str:
        if len(table.head) > TABLE_COLUMNS:
            return self.rows(table)
        lines = [self._row(table.head), f"| {' | '.join(_ALIGNS[align] for align in table.align)} |"]
        return "\n".join((*lines, *map(self._row, table.rows)))

    def _row(self, cells: Sequence[markup.Cell]) -> str:
        written = (self.line(cell).replace("\\|", "|").replace("|", "\\|") for cell in cells)
        return f"| {' | '.join(written)} |"

    def address(self, label: str, url: str) -> str:
        return marks.link(label, url) if label else url


class _Mrkdwn(_Pen):
    """Slack's own."""

    bold = "*"
    italic = "_"
    struck = "~"
    bullet = "• "

    def plain(self, text: str) -> str:
        return marks.plain(text)

    def lines(self, text: str) -> str:
        return text

    def heading(self, level: int, children: Sequence[Inline]) -> str:
        line = self.line(children)
        return f"*{line.replace('*', '')}*" if line.strip("*") else ""

    def words(self, text: str) -> str:
        return marks.plain(text)

    def code(self, text: str, language: str) -> str:
        return f"```\n{marks.entities(text.replace('```', marks.ZERO_WIDTH.join('```')))}\n```"

    def span(self, text: str) -> str:
        return f"`{marks.entities(text.replace('`', 'ˋ'))}`"

    def quote(self, content: str) -> str:
        return "\n".join(f"> {line.removeprefix('> ')}" for line in content.split("\n"))

    def item(self, sign: str, content: str) -> str:
        return indented(content, sign, "    ")

    def table(self, table: markup.Table) -> str:
        head = [cell_text(cell) for cell in table.head]
        rows = [[cell_text(cell) for cell in row] for row in table.rows]
        drawn = tables.aligned_blocks(head, rows, table.align, widest=TABLE_WIDTH, size=_TABLE_BLOCK)
        return self.rows(table) if drawn is None else "\n".join(self.code(one, "") for one in drawn)

    def address(self, label: str, url: str) -> str:
        return marks.link_of(label, url)


_markdown: Final = Drawer(_Markdown)
draw: Final = _markdown.draw
"""A text as Markdown."""


@lru_cache(_KEPT)
def mrkdwn(text: str, dialect: Dialect = MARKDOWN) -> str:
    """`text` as mrkdwn: for modals, the App Home, and the `text` of messages."""
    return "\n\n".join(_Mrkdwn(dialect).parts(text))
