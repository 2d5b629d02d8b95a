"""Rules of ours in the Markdown parser: LaTeX between an app's delimiters, and an end to nesting."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

Delimiter: TypeAlias = tuple[str, str, bool]
"""Left, right, display."""

_MAY_INTERRUPT = ["paragraph", "reference", "blockquote", "list"]


def bound_nesting(parser: MarkdownIt, depth: int) -> None:
    """Keep blocks nested deeper than `depth` as a paragraph of plain text; the parser itself would drop them."""

    def too_deep(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        if silent or state.level < depth:
            return False
        lines = state.getLines(start, end, state.blkIndent, False)
        state.push("paragraph_open", "p", 1).map = [start, end]
        inline = state.push("inline", "", 0)
        inline.map = [start, end]
        inline.meta = {"plain": lines.strip()}
        inline.children = []
        state.push("paragraph_close", "p", -1)
        state.line = end
        return True

    parser.block.ruler.before("table", "too_deep", too_deep)


def recognise_math(parser: MarkdownIt, delimiters: Sequence[Delimiter]) -> None:
    """Read what stands between `delimiters` as LaTeX: "math_block" and "math_inline" tokens.

    Within a line only delimiters that begin with a sign such as "$" or a backslash are found: the parser passes
    over words as a whole.
    """
    # The longest first: "$$" is not twice "$".
    ordered = sorted((d for d in delimiters if d[0] and d[1]), key=lambda d: -len(d[0]))
    if not ordered:
        return
    parser.block.ruler.before("fence", "math_block", _MathBlock(ordered), {"alt": _MAY_INTERRUPT})
    parser.inline.ruler.before("escape", "math_inline", _MathInline(ordered))


class _MathBlock:
    """A display formula that begins a line and whose right delimiter ends one."""

    def __init__(self, delimiters: Sequence[Delimiter]) -> None:
        self._delimiters = [(left, right) for left, right, display in delimiters if display]

    def __call__(self, state: StateBlock, start: int, end: int, silent: bool) -> bool:
        if state.is_code_block(start):
            return False
        first = state.bMarks[start] + state.tShift[start]
        for left, right in self._delimiters:
            if state.src.startswith(left, first):
                return self._read(state, start, end, silent, left, right)
        return False

    def _read(self, state: StateBlock, start: int, end: int, silent: bool, left: str, right: str) -> bool:
        begin = state.bMarks[start] + state.tShift[start] + len(left)
        line = start
        # A formula has no blank line in it: the search ends with the paragraph.
        while line < end and not (line > start and (state.isEmpty(line) or state.sCount[line] < state.blkIndent)):
            place = state.src.find(right, begin if line == start else state.bMarks[line], state.eMarks[line])
            if place >= 0:
                break
            line += 1
        else:
            return False
        if line >= end or state.src[place + len(right) : state.eMarks[line]].strip():
            return False
        if silent:
            return True
        lines = state.getLines(start, line + 1, state.blkIndent, False).strip()
        token = state.push("math_block", "math", 0)
        token.content = lines[len(left) : len(lines) - len(right)].strip()
        token.meta = {"left": left, "right": right}
        token.map = [start, line + 1]
        state.line = line + 1
        return True


class _MathInline:
    """A formula within a paragraph."""

    def __init__(self, delimiters: Sequence[Delimiter]) -> None:
        self._delimiters = delimiters

    def __call__(self, state: StateInline, silent: bool) -> bool:
        for left, right, display in self._delimiters:
            if not state.src.startswith(left, state.pos):
                continue
            begin = state.pos + len(left)
            stop = self._end(state, begin, right)
            if stop < 0 or not _is_formula(state.src, begin, stop, left, right):
                continue
            if not silent:
                token = state.push("math_inline", "math", 0)
                token.content = state.src[begin:stop].strip()
                token.meta = {"left": left, "right": right, "display": display}
            state.pos = stop + len(right)
            return True
        return False

    def _end(self, state: StateInline, begin: int, right: str) -> int:
        """Where the formula's right delimiter begins, -1 for nowhere."""
        # Searched once for the whole text: without this, many left delimiters would each search it to its end.
        known = state.env.setdefault("trunkline_last", {})
        text, last = known.get(right, ("", -1))
        if text is not state.src:
            last = state.src.rfind(right)
            known[right] = (state.src, last)
        if begin > last:
            return -1
        stop = state.src.find(right, begin, state.posMax)
        while stop > 0 and right[0] != "\\" and state.src[stop - 1] == "\\":
            stop = state.src.find(right, stop + 1, state.posMax)
        return stop


def _is_formula(text: str, begin: int, stop: int, left: str, right: str) -> bool:
    content = text[begin:stop]
    if not content.strip():
        return False
    if left == right == "$":
        # Sums of money are no formulas: "$5 and $6".
        following = text[stop + 1 : stop + 2]
        return not content[0].isspace() and not content[-1].isspace() and not following.isdecimal()
    return True
