"""Plots as files: Altair's as PNG, the others as pages that hold what they need, and nothing that harms."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import altair as alt
import bokeh.embed
import bokeh.plotting
import plotly.graph_objects  # type: ignore[import-untyped]
import pytest

from trunkline import plots
from trunkline.errors import MediaError
from trunkline.plot_worker import newest_of
from trunkline.plots import LIBRARIES, draw

ROOT = Path(__file__).parents[2]
MB = 1_000_000
PNG = b"\x89PNG\r\n\x1a\n"
BARS: dict[str, Any] = {
    "$schema": "https://vega.github.io/schema/vega-lite/v5.8.0.json",
    "data": {"values": [{"a": 1, "b": 2}, {"a": 2, "b": 5}]},
    "mark": "bar",
    "encoding": {"x": {"field": "a", "type": "ordinal"}, "y": {"field": "b", "type": "quantitative"}},
}
VEGA: dict[str, Any] = {
    "$schema": "https://vega.github.io/schema/vega/v5.json",
    "width": 100,
    "height": 100,
    "marks": [{"type": "rect", "encode": {"enter": {"width": {"value": 50}, "height": {"value": 50}}}}],
}


def chart() -> str:
    data = alt.Data(values=[{"a": 1, "b": 2}, {"a": 2, "b": 5}])  # type: ignore[no-untyped-call]
    return str(alt.Chart(data).mark_bar().encode(x="a:O", y="b:Q").to_json())


@pytest.mark.parametrize(
    "plot", [chart(), json.dumps(BARS), json.dumps(VEGA)], ids=["altair", "vega-lite 5", "vega"]
)
async def test_altair_is_drawn(plot: str) -> None:
    drawn = await draw("altair", plot, MB)
    assert (drawn.mime, drawn.ending) == ("image/png", ".png")
    assert drawn.data.startswith(PNG)
    assert len(drawn.data) > 200


async def test_a_picture_that_is_too_large_becomes_a_page() -> None:
    drawn = await draw("altair", chart(), 5_000, lambda name: None)
    assert drawn.ending == ".html"
    assert len(drawn.data) <= 5_000


@pytest.mark.parametrize(
    "spec",
    [
        {**BARS, "data": {"url": "file:///etc/passwd", "format": {"type": "csv"}}},
        {**BARS, "data": {"url": "http://127.0.0.1:1/x.json"}},
        {**BARS, "mark": {"type": "image", "url": "http://127.0.0.1:1/x.png"}},
        {**VEGA, "data": [{"name": "x", "url": {"signal": "'file:///etc/passwd'"}}]},
        {**BARS, "width": 1_000_000},
        {"$schema": BARS["$schema"], "mark": "no such mark"},
        {},
    ],
)
async def test_what_would_fetch_or_does_not_draw_is_left_to_the_readers_browser(spec: dict[str, Any]) -> None:
    drawn = await draw("altair", json.dumps(spec), MB)
    assert (drawn.mime, drawn.ending) == ("text/html", ".html")


async def test_data_addresses_are_no_fetching() -> None:
    pixel = "data:image/png;base64,iVBORw0KGgo="
    drawn = await draw("altair", json.dumps({**BARS, "mark": {"type": "image", "url": pixel}}), MB)
    assert drawn.ending == ".png"


def page_of(drawn: plots.Drawn) -> str:
    assert (drawn.mime, drawn.ending) == ("text/html", ".html")
    return drawn.data.decode()


async def test_plotly_becomes_a_page_with_its_library() -> None:
    figure = str(plotly.graph_objects.Figure(plotly.graph_objects.Bar(y=[1, 3, 2])).to_json())
    page = page_of(await draw("plotly", figure, MB, lambda name: f"/* {name} */ '</script>'".encode()))
    assert "/* plotly */ '<\\/script>'" in page
    assert "cdn.jsdelivr.net" not in page
    assert page.count("</script>") == 3
    found = re.search(r'id="data">(.*?)</script>', page)
    assert found
    assert json.loads(found[1]) == json.loads(figure)


async def test_a_library_that_does_not_fit_is_named_by_its_address() -> None:
    figure = bokeh.plotting.figure()
    figure.line([1, 2, 3], [3, 1, 2])
    item = json.dumps(bokeh.embed.json_item(figure))
    page = page_of(await draw("bokeh", item, 50_000, lambda name: b"x" * 50_000))
    for address in LIBRARIES["bokeh"]:
        assert f'<script src="{address}">' in page


async def test_nothing_of_a_plot_ends_its_element() -> None:
    evil = json.dumps({"data": [], "layout": {"title": "</script><script>alert(1)</script><!--"}})
    page = page_of(await draw("plotly", evil, MB))
    assert "<script>alert" not in page
    found = re.search(r'id="data">(.*?)</script>', page)
    assert found
    assert json.loads(found[1]) == json.loads(evil)


@pytest.mark.parametrize(
    ("kind", "plot"),
    [("matplotlib", "{}"), ("plotly", "no JSON"), ("plotly", "[1]"), ("altair", "["), ("altair", "[" * 100_000)],
)
async def test_what_is_no_plot_says_so(kind: str, plot: str) -> None:
    with pytest.raises(MediaError, match="cannot be read"):
        await draw(kind, plot, MB)


async def test_what_fits_in_no_way_says_so() -> None:
    with pytest.raises(MediaError, match="too large"):
        await draw("plotly", json.dumps({"data": ["x" * 10_000]}), 5_000)


async def test_a_chart_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plots, "SECONDS", 0.0)
    assert (await draw("altair", chart(), MB)).ending == ".html"


async def test_a_chart_that_crashes_the_library_crashes_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plots, "SECONDS", 3.0)
    endless = {**BARS, "data": {"sequence": {"start": 0, "stop": 1e9}}}
    assert (await draw("altair", json.dumps(endless), MB)).ending == ".html"
    assert (await draw("altair", chart(), MB)).ending == ".png"


def test_the_newest_version_of_the_named_generation_is_taken() -> None:
    offered = ["5.8", "5.21", "6.1"]
    schema = "https://vega.github.io/schema/vega-lite/v5.8.0.json"
    assert newest_of(schema, offered) == "5.21"
    assert newest_of(schema.replace("v5", "v9"), offered) is None
    assert newest_of("", offered) is None


def test_the_versions_are_those_that_the_widget_ships() -> None:
    wanted = json.loads((ROOT / "widget/package.json").read_text())["devDependencies"]
    for address in (address for several in LIBRARIES.values() for address in several):
        found = re.fullmatch(r"https://cdn\.jsdelivr\.net/npm/(@?[\w./-]+?)@([\d.]+)/.*", address)
        assert found
        assert wanted[found[1]] == found[2]
