"""Markdown as Discord shows it: drawn from the tree, with everything escaped that was not meant as a mark. Pure.

Discord has headings of three levels, lists, quotes of one level, masked links, fences, spoilers and small print;
it has no tables, pictures, rules, HTML or LaTeX, for which the nearest that can be read is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import urlsplit

from trunkline import markup, tables
from trunkline.dialects import Dialect, cell_text, dialect_of, is_address
from trunkline.markup import Inline
from trunkline.pens import Drawer, Pen

from .marks import behind, code_span, escape, escape_lines, fenced, item, masked, not_a_block

TABLE_WIDTH: Final = 72
"""Columns of a code block that a narrow window still shows in one line."""
_TABLE_BLOCK: Final = 1200
"""Characters of rows that stand in one code block."""
__all__ = ["TABLE_WIDTH", "Dialect", "dialect_of", "draw", "escape", "table_block"]

_AFTER_ADDRESS: Final = frozenset(" \n.,;:!?)\"'*")
_HEADINGS: Final = ("# ", "## ", "### ")


def table_block(
    head: Sequence[str], rows: Sequence[Sequence[str]], aligns: Sequence[markup.Align] = ()
) -> str | None:
    """A table as a code block whose columns line up; None when it is too wide for one.

    A long one is several blocks, each with the head, so that it is not cut anywhere else.
    """
    blocks = tables.aligned_blocks(head, rows, aligns, widest=TABLE_WIDTH, size=_TABLE_BLOCK)
    return None if blocks is None else "\n\n".join(map(fenced, blocks))


class _Pen(Pen):
    def plain(self, text: str) -> str:
        return escape_lines(text)

    def words(self, text: str) -> str:
        return escape(text)

    def lines(self, text: str) -> str:
        return "\n".join(map(not_a_block, text.split("\n")))

    def verbatim(self, text: str) -> str:
        return escape_lines(text)

    def heading(self, level: int, children: Sequence[Inline]) -> str:
        bold = level > 3
        line = not_a_block(self.line(children, frozenset({"**"} if bold else ())))
        if not line:
            return ""
        return f"**{line}**" if bold else f"{'#' * level} {line}"

    def code(self, text: str, language: str) -> str:
        return fenced(text, language)

    def span(self, text: str) -> str:
        return code_span(text)

    def quote(self, content: str) -> str:
        # There are no quotes within quotes.
        return behind("▏" if self.quotes else "> ", content)

    def item(self, sign: str, content: str) -> str:
        return item(sign, content)

    def table(self, table: markup.Table) -> str:
        head = [cell_text(cell) for cell in table.head]
        rows = [[cell_text(cell) for cell in row] for row in table.rows]
        return table_block(head, rows, table.align) or self.rows(table)

    def beside(self, node: Inline, drawn: str, following: str) -> str:
        # What follows an address would be taken for the rest of it.
        bare = isinstance(node, markup.LinkTo) and drawn == node.url
        return f"<{drawn}>" if bare and following and following[0] not in _AFTER_ADDRESS else drawn

    def link(self, node: markup.LinkTo, within: frozenset[str]) -> str:
        label = markup.inline_text(node.children).strip()
        url = node.url
        if node.bare or not label or label == url:
            return label if url.startswith("mailto:") and label else url
        if urlsplit(url).scheme not in ("http", "https"):
            return f"{self.inline(node.children, within)} ({escape(url.removeprefix('mailto:'))})"
        if is_address(label, url):
            return url
        return masked(_in_brackets(self.inline(node.children, within)), url)

    def image(self, alt: str, url: str) -> str:
        words = " ".join(alt.split())
        if not url.startswith(("http://", "https://")):
            return f"🖼 {escape(words)}".rstrip()  # an address on nobody's site, or the picture itself as text
        return masked(_in_brackets(escape(words)), url) if words and not is_address(words, "") else url

    @staticmethod
    def joined(parts: Iterable[str]) -> str:
        """Blocks with an empty line between them; none below a heading, which has room of its own."""
        whole: list[str] = []
        for part in parts:
            if whole:
                last = whole[-1].rsplit("\n", 1)[-1]
                whole.append("\n" if last.startswith(_HEADINGS) else "\n\n")
            whole.append(part)
        return "".join(whole)


def _in_brackets(label: str) -> str:
    """A label whose brackets cannot end it."""
    label = label.replace("\n", " ")
    return label.replace("[", "(").replace("]", ")") if "[" in label or "]" in label else label


draw: Final = Drawer(_Pen).draw
"""A text as Discord's Markdown."""
