"""Tables as text."""

from __future__ import annotations

import csv
import io

from hypothesis import given
from hypothesis import strategies as st

from trunkline.messages import Json
from trunkline.tables import aligned, display_width, table_of, to_csv


def test_columns_line_up() -> None:
    drawn = aligned(["Place", "Train"], [["Alder Bay", "35 min"], ["漢字", "5"]], widest=40)
    assert drawn == "Place      Train\n─────────  ──────\nAlder Bay  35 min\n漢字       5"


def test_numbers_stand_right_unless_told_otherwise() -> None:
    rows = [["1"], ["1,234.5"], ["-3 %"]]
    assert aligned(["n"], rows, widest=40) == "      n\n───────\n      1\n1,234.5\n   -3 %"
    assert aligned(["n"], [["1"], ["100"]], ["left"], widest=40) == "n\n───\n1\n100"
    assert aligned(["abc"], [["1"]], ["center"], widest=40) == "abc\n───\n 1"


def test_what_is_too_wide_is_no_table() -> None:
    assert aligned(["a"], [["x" * 41]], widest=40) is None
    assert aligned([], [], widest=40) is None


def test_short_rows_are_filled_and_lines_joined() -> None:
    assert aligned(["a", "b"], [["1\n2"], []], widest=40) == "a    b\n───  ─\n1 2\n"


def test_the_value_of_an_artifact_is_a_table() -> None:
    value: Json = {"headers": ["a", 1], "data": [[None, 2.0, True], [0.5, "x"], "no row"]}
    assert table_of(value) == (("a", "1"), (("", "2", "true"), ("0.5", "x")))
    assert table_of({"data": []}) is None
    assert table_of("text") is None


cells = st.text(max_size=8)


@given(st.lists(cells, min_size=1, max_size=4), st.lists(st.lists(cells, max_size=4), max_size=5))
def test_no_line_is_wider_than_allowed(head: list[str], rows: list[list[str]]) -> None:
    drawn = aligned(head, rows, widest=20)
    assert drawn is None or all(display_width(line) <= 20 for line in drawn.split("\n"))


@given(st.lists(st.lists(st.text(st.characters(exclude_characters="\r\n\0")), min_size=2, max_size=2), max_size=5))
def test_csv_is_read_back(rows: list[list[str]]) -> None:
    assert list(csv.reader(io.StringIO(to_csv(["a", "b"], rows)))) == [["a", "b"], *rows]
