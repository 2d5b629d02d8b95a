"""Tables as text: columns that line up in a monospaced face, or CSV. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from wcwidth import wcwidth

from .markup import Align
from .messages import Json

Row: TypeAlias = Sequence[str]
_GAP: Final = "  "
_RULE: Final = "─"
_NUMBER: Final = re.compile(r"[-+−]?[\d.,]*\d ?[%€$£]?")


def aligned(head: Row, rows: Sequence[Row], aligns: Sequence[Align] = (), *, widest: int) -> str | None:
    """The table in lines of at most `widest` columns; None when it needs more.

    A column of which nothing is said is aligned right when it holds only numbers. Short rows are filled up.
    """
    count = max((len(row) for row in (head, *rows)), default=0)
    lines = [_filled(row, count) for row in (head, *rows)]
    widths = [max(1, *(display_width(line[column]) for line in lines)) for column in range(count)]
    if not count or sum(widths) + len(_GAP) * (count - 1) > widest:
        return None
    sides = [_side(aligns, column, [line[column] for line in lines[1:]]) for column in range(count)]
    written = [
        _GAP.join(
            _padded(cell, width, side) for cell, width, side in zip(line, widths, sides, strict=True)
        ).rstrip()
        for line in lines
    ]
    rule = _GAP.join(_RULE * width for width in widths)
    return "\n".join((written[0], rule, *written[1:]))


def aligned_blocks(
    head: Row, rows: Sequence[Row], aligns: Sequence[Align] = (), *, widest: int, size: int
) -> list[str] | None:
    """`aligned`, a long one in several, each with the head and then rows of about `size` characters."""
    drawn = aligned(head, rows, aligns, widest=widest)
    if drawn is None:
        return None
    lines = drawn.split("\n")
    heading, block, blocks = lines[:2], list[str](), list[str]()
    used = 0
    for line in lines[2:]:
        if block and used + len(line) > size:
            blocks.append("\n".join((*heading, *block)))
            block, used = [], 0
        block.append(line)
        used += len(line) + 1
    return [*blocks, "\n".join((*heading, *block))]


def to_csv(head: Row, rows: Sequence[Row]) -> str:
    """The table as CSV with its header line, as RFC 4180 has it but for plain line ends."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows((head, *rows))
    return out.getvalue()


def table_of(value: Json) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]] | None:
    """Head and rows of an artifact's table (`{"headers": [...], "data": [[...]]}`); None for what is none."""
    if not isinstance(value, Mapping):
        return None
    headers, data = value.get("headers"), value.get("data")
    if not isinstance(headers, list | tuple) or not isinstance(data, list | tuple):
        return None
    rows = tuple(tuple(map(_cell, row)) for row in data if isinstance(row, list | tuple))
    return tuple(map(_cell, headers)), rows


def display_width(text: str) -> int:
    """Columns that `text` takes in a monospaced face."""
    if text.isascii():
        return len(text)
    return sum(max(0, wcwidth(sign)) for sign in text)


def _cell(value: Json) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer() and abs(value) < 1e15:
            return str(int(value))
        case _:
            return str(value)


def _filled(row: Row, count: int) -> list[str]:
    cells = [" ".join(cell.split()) for cell in row]
    return cells + [""] * (count - len(cells))


def _side(aligns: Sequence[Align], column: int, cells: Sequence[str]) -> Align:
    said = aligns[column] if column < len(aligns) else ""
    if said:
        return said
    return "right" if is_numeric(cells) else "left"


def is_numeric(cells: Sequence[str]) -> bool:
    """A column holds numbers, and nothing else."""
    filled = [cell for cell in cells if cell]
    return bool(filled) and all(_NUMBER.fullmatch(cell) for cell in filled)


def _padded(cell: str, width: int, side: Align) -> str:
    room = width - display_width(cell)
    if side == "right":
        return " " * room + cell
    if side == "center":
        return " " * (room // 2) + cell + " " * (room - room // 2)
    return cell + " " * room
