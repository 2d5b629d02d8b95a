"""The app's settings as forms: every kind of input, many of them, wrong values, restarts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fakes.discord.filling import filled_modal
from fakes.discord.inputs import COLOURS, INPUTS, MANY, PROFILE, field_of, item_of
from fakes.discord.modals import check_modal
from trunkline import entering
from trunkline.backend import AppInput, Choice
from trunkline.entering import fingerprint
from trunkline.errors import Denied
from trunkline.messages import Json
from trunkline_bridges.discord.acting.forms import filled, pages, settings_form, too_long

# Forms


def test_every_page_is_a_form_that_discord_opens() -> None:
    assert [len(page) for page in pages(PROFILE)] == [5, 5, 5, 1]
    for page in range(4):
        check_modal(dict(settings_form(PROFILE, page, {})))


def test_a_form_holds_within_the_limits_whatever_the_app_says() -> None:
    long = "x" * 5000
    choices = tuple(Choice(f"{n} {long}", f"{n} {long}") for n in range(25))
    wild = tuple(
        AppInput(n, f"n{n}", long, kind, default, choices, info=long, placeholder=long)  # type: ignore[arg-type]
        for n, (kind, default) in enumerate(
            [
                ("text", long),
                ("dropdown", choices[0].value),
                ("multiselect", [c.value for c in choices]),
                ("json", [long]),
                ("radio", None),
            ]
        )
    )
    check_modal(dict(settings_form(replace(PROFILE, inputs=wild, title=long), 0, {})))
    empty = AppInput(1, "", "", "dropdown", None, ())
    check_modal(dict(settings_form(replace(PROFILE, inputs=(empty,)), 0, {})))


def test_a_form_shows_what_holds_and_what_may_be_entered() -> None:
    first = settings_form(PROFILE, 0, {"tone": "warm", "loud": True, "count": 4.0})
    assert field_of(first, "Tone")["value"] == "warm"
    assert field_of(first, "Count")["value"] == "4"
    assert field_of(first, "Loud")["default"] is True
    assert item_of(first, "Heat")["description"] == "More is wilder · 0 to 2, in steps of 0.1"
    assert field_of(first, "Story")["style"] == 2
    second = settings_form(PROFILE, 1, {"tags": ["green", "blue"]})
    assert [o["label"] for o in field_of(second, "Tags")["options"] if o.get("default")] == ["Green", "Blue"]
    assert [o["label"] for o in field_of(second, "Word")["options"] if o.get("default")] == ["word 3"]
    assert field_of(second, "City")["value"] == "City 7"
    assert first["title"] == "Settings 1/4"


# Values


def changed(inputs: tuple[AppInput, ...], typed: dict[str, Json], values: dict[str, Json] | None = None) -> Json:
    return entering.changed(inputs, typed, values or {}, too_long)


def test_what_is_left_as_it_was_changes_nothing() -> None:
    for page in pages(PROFILE):
        form: Any = settings_form(replace(PROFILE, inputs=page), 0, {})
        data = {"components": filled_modal(form, {}, lambda _: "")}
        assert changed(page, dict(filled(page, data).typed)) == {}


@pytest.mark.parametrize(
    ("name", "typed", "value"),
    [
        ("tone", "", ""),
        ("count", " 1,5 ", "1.5"),
        ("count", "", None),
        ("heat", "1", "1"),
        ("loud", True, True),
        ("colour", ["2"], "blue"),
        ("colour", [], None),
        ("tags", ["0", "2"], ["red", "blue"]),
        ("tags", [], []),
        ("city", "city 299", 299),
        ("city", "City 11", 11),
        ("free", "mauve", "mauve"),
        ("free", "Blue", "blue"),
        ("day", "2026-02-03", "2026-02-03 00:00:00"),
        ("day", "2026-02-03 04:05", "2026-02-03 04:05:00"),
        ("paint", "0F0", "#0f0"),
        ("data", "[1, 2]", [1, 2]),
        ("data", "", None),
    ],
)
def test_what_is_typed_becomes_a_value(name: str, typed: Json, value: Json) -> None:
    others: dict[str, Json] = {"count": 5, "colour": "blue", "data": [2]}
    values = {} if value is not None else {name: others[name]}
    assert changed(INPUTS, {name: typed}, values) == {name: value}


@pytest.mark.parametrize(
    ("name", "typed", "sentence"),
    [
        ("city", "Atlantis", "“City” cannot be Atlantis: none of the choices is called so; near are"),
        ("day", "tomorrow", "“Day” cannot be tomorrow: a date such as 2026-01-31 14:30 is expected."),
        ("paint", "reddish", "“Paint” cannot be reddish: a color such as #ff8800 is expected."),
        ("data", '{"a": ', "“Data” cannot be that: JSON is expected, and it breaks off at character 6."),
        ("colour", ["9"], "The app's settings have changed since this form was opened: open it again."),
    ],
)
def test_what_is_no_value_is_refused_in_a_sentence(name: str, typed: Json, sentence: str) -> None:
    with pytest.raises(Denied) as refused:
        changed(INPUTS, {name: typed})
    assert refused.value.user_message.startswith(sentence)


def test_only_the_beginning_of_one_choice_is_enough() -> None:
    cities = (AppInput(1, "city", "City", "dropdown", None, (Choice("Berlin", "b"), Choice("Bern", "c"), *MANY)),)
    assert changed(cities, {"city": "berl"}) == {"city": "b"}
    with pytest.raises(Denied, match="Berlin, Bern"):
        changed(cities, {"city": "ber"})


def test_a_value_too_long_to_show_stays_when_it_is_left_empty() -> None:
    story = replace(INPUTS[1], default="x" * 5000)
    form = settings_form(replace(PROFILE, inputs=(story,)), 0, {})
    assert "value" not in field_of(form, "Story")
    assert item_of(form, "Story")["description"] == "Too long to show here; empty keeps it"
    assert changed((story,), {"story": ""}) == {}
    assert changed((story,), {"story": "short"}) == {"story": "short"}


def test_the_fingerprint_follows_what_is_asked_for() -> None:
    same = (replace(INPUTS[0], default="other", info="other"),)
    assert fingerprint(INPUTS[:1]) == fingerprint(same)
    assert fingerprint((INPUTS[5],)) != fingerprint((replace(INPUTS[5], choices=COLOURS[:2]),))
    assert 0 < fingerprint(INPUTS) < 10**19
