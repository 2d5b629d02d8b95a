"""What a piece of HTML says, as plain lines: nothing of it is run, nothing loaded. Pure."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

_HIDDEN: Final = frozenset({"script", "style", "head", "template", "noscript", "svg", "math", "iframe", "object"})
_BLOCKS: Final = frozenset({
    "address", "article", "aside", "blockquote", "body", "dd", "details", "div", "dl", "dt", "figcaption",
    "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li", "main",
    "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul",
})  # fmt: skip
_SPACE: Final = re.compile(r"[ \t\r\n\f]+")


def html_text(html: str) -> str:
    """The text of `html` in lines: items behind "- ", cells apart by bars, pictures by their descriptions."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = ("".join(line).strip() for line in reader.lines)
    return "\n".join(line for line in lines if line)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[list[str]] = [[]]
        self._hidden: list[str] = []
        self._kept_spaces = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._hidden or tag in _HIDDEN:
            self._hidden.append(tag)
            return
        if tag == "br" or tag in _BLOCKS:
            self._new_line()
        if tag == "li":
            self.lines[-1].append("- ")
        elif tag in ("td", "th") and self.lines[-1]:
            self.lines[-1].append(" | ")
        elif tag == "img":
            self.lines[-1].append(dict(attrs).get("alt") or "")
        elif tag == "pre":
            self._kept_spaces += 1

    def handle_endtag(self, tag: str) -> None:
        if self._hidden:
            if tag in self._hidden:
                while self._hidden.pop() != tag:
                    pass
            return
        if tag == "pre":
            self._kept_spaces = max(0, self._kept_spaces - 1)
        if tag in _BLOCKS:
            self._new_line()

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _HIDDEN:
            self.handle_starttag(tag, attrs)

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        if self._kept_spaces:
            first, *others = data.split("\n")
            self.lines[-1].append(first)
            self.lines += [[line] for line in others]
            return
        words = _SPACE.sub(" ", data)
        if words != " " or self.lines[-1]:
            self.lines[-1].append(words)

    def _new_line(self) -> None:
        if self.lines[-1]:
            self.lines.append([])
