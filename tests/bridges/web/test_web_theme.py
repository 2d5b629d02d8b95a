"""The app's colours as the widget's: read, and always legible."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from trunkline_bridges.web.theme import BLACK, LEGIBLE, WHITE, colour, contrast, widget_theme


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("#f97316", "#f97316"),
        ("#FFF", "#ffffff"),
        ("#ffff", "#ffffff"),
        ("white", "#ffffff"),
        ("rgb(255 250 240)", "#fffaf0"),
        ("rgba(255, 250, 240, 1)", "#fffaf0"),
        ("rgb(100% 0% 0%)", "#ff0000"),
        ("hsl(0 100% 50%)", "#ff0000"),
        ("hsl(240deg, 100%, 50%)", "#0000ff"),
        ("linear-gradient(120deg, #f97316 0%, white 60%)", "#f97316"),
    ],
)
def test_colours_as_themes_write_them(value: str, found: str) -> None:
    read = colour(value)
    assert read is not None
    assert read.hex == found


@pytest.mark.parametrize(
    "value", ["", "transparent", "none", "rgb(1 2)", "rgba(0, 0, 0, 0.5)", "*primary_500", "#12"]
)
def test_what_is_no_solid_colour(value: str) -> None:
    assert colour(value) is None


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast(BLACK, WHITE) == pytest.approx(21)
    grey = colour("#767676")
    assert grey is not None
    assert contrast(grey, WHITE) == pytest.approx(4.54, abs=0.01)


def in_scheme(theme: dict[str, Any], name: str, dark: bool) -> Any:
    found = re.fullmatch(r"light-dark\((#\w{6}), (#\w{6})\)", theme[f"--trunkline-{name}"])
    assert found is not None
    read = colour(found[2 if dark else 1])
    assert read is not None
    return read


PAIRS = [
    ("on-accent", "accent"),
    ("text", "surface"),
    ("text", "raised"),
    ("muted", "surface"),
    ("muted", "raised"),
    ("link", "surface"),
    ("link", "raised"),
]
colours = st.builds("#{:02x}{:02x}{:02x}".format, *[st.integers(0, 255)] * 3)
values = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(
        [
            "body-background-fill",
            "background-fill-secondary",
            "block-background-fill",
            "body-text-color",
            "body-text-color-subdued",
            "border-color-primary",
            "button-primary-background-fill",
            "button-primary-text-color",
            "color-accent",
        ],
        colours,
    ),
)


@settings(max_examples=300, deadline=None)
@given(light=values, dark=values)
@example(light={"body-background-fill": "#00da00"}, dark={"body-background-fill": "#0078ab"})
def test_every_pair_can_be_read_whatever_the_app_says(light: dict[str, str], dark: dict[str, str]) -> None:
    theme = widget_theme({"light": light, "dark": dark})
    for ink, ground in PAIRS:
        if f"--trunkline-{ink}" in theme and f"--trunkline-{ground}" in theme:
            for is_dark in (False, True):
                a, b = in_scheme(theme, ink, is_dark), in_scheme(theme, ground, is_dark)
                assert contrast(a, b) >= LEGIBLE, (ink, ground, is_dark)


def test_a_legible_theme_stays_as_it_is() -> None:
    light = {
        "body-background-fill": "#fffaf0",
        "background-fill-secondary": "#f5efe0",
        "body-text-color": "#222222",
        "button-primary-background-fill": "#1d4ed8",
        "button-primary-text-color": "white",
        "radius-lg": "8px",
        "font": "'Lora', ui-serif, serif",
    }
    dark = {**light, "body-background-fill": "#101010", "background-fill-secondary": "#202020"}
    theme = widget_theme({"light": light, "dark": {**dark, "body-text-color": "#eeeeee"}})
    assert theme["--trunkline-surface"] == "light-dark(#fffaf0, #101010)"
    assert theme["--trunkline-accent"] == "light-dark(#1d4ed8, #1d4ed8)"
    assert theme["--trunkline-text"] == "light-dark(#222222, #eeeeee)"
    assert theme["--trunkline-radius"] == "8px"
    assert theme["--trunkline-font"] == "'Lora', ui-serif, serif"


def test_a_dark_page_in_the_light_scheme_keeps_the_widgets_ground() -> None:
    dark = {"body-background-fill": "#101010", "body-text-color": "#eeeeee", "color-accent": "#1d4ed8"}
    theme = widget_theme({"light": dark, "dark": dark})
    assert sorted(theme) == ["--trunkline-accent", "--trunkline-link", "--trunkline-on-accent"]


@pytest.mark.parametrize(
    "values",
    [
        {"font": "x; } body { background: url(//evil)", "radius-lg": "expression(1)"},
        {"font": "url(evil)", "radius-lg": "8em", "color-accent": "url(#fffff)"},
    ],
)
def test_nothing_but_colours_lengths_and_names_gets_through(values: dict[str, str]) -> None:
    assert widget_theme({"light": values, "dark": {}}) == {}


@pytest.mark.parametrize("theme", [{}, {"light": {}}, {"light": "red", "dark": {}}, {"--c": "red"}])
def test_no_theme(theme: dict[str, Any]) -> None:
    assert widget_theme(theme) == {}
