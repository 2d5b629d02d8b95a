"""The limits of tables and charts.

reference: section 4 (one `table` per message; ≤ 100 rows × 20 columns and 10,000 characters in all cells;
`data_table` ≤ 100 rows and the header, page_size 1–100, caption required; `data_visualization` ≤ 12 series or
segments, 20 points, labels 20, titles 50, two per message).
"""

from __future__ import annotations

from typing import Any

from fakes.slack.errors import Json, Problems

WITHOUT_MODEL = frozenset({"data_table", "data_visualization"})
"""slack_sdk has no model of these yet."""

CHARTS = frozenset({"line", "bar", "area", "pie"})
CELLS = frozenset({"raw_text", "raw_number", "rich_text"})


def check_table(block: Json, place: str, problems: Problems) -> None:
    _check_rows(block.get("rows"), f"{place}/rows", 100, problems)
    problems.count(f"{place}/column_settings", block.get("column_settings", []), 20, 0)


def check_data_table(block: Json, place: str, problems: Problems) -> None:
    _check_rows(block.get("rows"), f"{place}/rows", 101, problems)
    if not block.get("caption"):
        problems.add(f"{place}/caption", "missing required field")
    size = block.get("page_size", 1)
    if not isinstance(size, int) or not 1 <= size <= 100:
        problems.add(f"{place}/page_size", "must be between 1 and 100")


def _check_rows(rows: Any, place: str, most: int, problems: Problems) -> None:
    characters = 0
    widths: set[int] = set()
    for index, row in enumerate(problems.count(place, rows, most)):
        cells = problems.count(f"{place}/{index}", row, 20)
        widths.add(len(cells))
        for column, cell in enumerate(cells):
            if not isinstance(cell, dict) or cell.get("type") not in CELLS:
                problems.add(f"{place}/{index}/{column}", "must be a cell of raw_text, raw_number or rich_text")
            else:
                characters += _length(cell)
                _check_cell(cell, f"{place}/{index}/{column}", problems)
    if len(widths) > 1:
        problems.add(place, "all rows must have as many cells")
    if characters > 10_000:
        problems.add(place, "more than 10000 characters in all cells")


def _check_cell(cell: Json, place: str, problems: Problems) -> None:
    if cell["type"] != "rich_text" and not str(cell.get("text", cell.get("value", ""))):
        problems.add(f"{place}/text", "must be more than 0 characters")


def _length(value: Any) -> int:
    if isinstance(value, list):
        return sum(_length(each) for each in value)
    if not isinstance(value, dict):
        return 0
    return len(str(value.get("text", ""))) + sum(_length(each) for each in value.values())


def check_chart(block: Json, place: str, problems: Problems) -> None:
    problems.longer(f"{place}/title", block.get("title", ""), 50, 0)
    chart = block.get("chart")
    if not isinstance(chart, dict) or chart.get("type") not in CHARTS:
        problems.add(f"{place}/chart", "must be a chart of line, bar, area or pie")
        return
    name = "segments" if chart["type"] == "pie" else "series"
    for index, series in enumerate(problems.count(f"{place}/chart/{name}", chart.get(name), 12)):
        where = f"{place}/chart/{name}/{index}"
        problems.longer(f"{where}/label", series.get("label", series.get("name")), 20)
        points = problems.count(f"{where}/data", series.get("data", []), 20, 0)
        for number, point in enumerate(points):
            problems.longer(f"{where}/data/{number}/label", point.get("label", "-"), 20)


def check_numbers(blocks: list[Any], problems: Problems) -> None:
    """How often a kind may stand in one message."""
    kinds = [block.get("type") for block in blocks if isinstance(block, dict)]
    if kinds.count("table") > 1:
        problems.add("/blocks", "only one table allowed")
    if kinds.count("data_visualization") > 2:
        problems.add("/blocks", "no more than 2 data_visualization allowed")
