"""Values of the app's settings out of what was typed and chosen in a form. Pure.

What is a wrong value for its type is refused here, with a sentence; what the app's ranges forbid, by the core.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from typing import Final

from trunkline.backend import AppInput
from trunkline.errors import Denied
from trunkline.messages import Json
from trunkline.words import words

from .forms import form_of, too_long

_COLOR: Final = re.compile(r"#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})")
_SEVERAL: Final = re.compile(r"[,\n]")


def values_of(inputs: Sequence[AppInput], typed: Mapping[str, Json], held: Mapping[str, Json]) -> dict[str, Json]:
    """The values that change; None puts a default back. `held` are those that differ from the defaults."""
    changed: dict[str, Json] = {}
    for one in inputs:
        if one.name not in typed:
            continue
        before = held.get(one.name, one.default)
        given = typed[one.name]
        if given == "" and too_long(one, before):
            continue
        value = _value(one, given)
        if not _same(one, value, before):
            changed[one.name] = value
    return changed


def _same(one: AppInput, value: Json, before: Json) -> bool:
    """Whether it is what holds already."""
    if value is None:
        return before == one.default
    if one.kind in {"number", "slider"}:
        try:
            return float(str(value)) == float(str(before))
        except ValueError:
            return False
    if isinstance(value, list | tuple) and isinstance(before, list | tuple):
        return list(value) == list(before)
    if one.kind == "text":
        return value == (before or "")
    return value == before and isinstance(value, bool) == isinstance(before, bool)


def _value(one: AppInput, given: Json) -> Json:
    match form_of(one):
        case "checkbox":
            return bool(given)
        case "radio" | "select" | "group":
            chosen = [_by_place(one, place) for place in given] if isinstance(given, list | tuple) else []
            if one.kind == "multiselect":
                return chosen
            return chosen[0] if chosen else None
        case _:
            return _typed(one, str(given))


def _by_place(one: AppInput, place: Json) -> Json:
    number = int(place) if isinstance(place, str) and place.isdecimal() else -1
    if not 0 <= number < len(one.choices):
        raise Denied(words("discord_form_outgrown"))
    return one.choices[number].value


def _typed(one: AppInput, text: str) -> Json:
    if one.kind == "text":
        return text
    text = text.strip()
    if not text:
        return [] if one.kind == "multiselect" else None
    match one.kind:
        case "number" | "slider":
            return text.replace(",", ".") if text.count(",") == 1 and "." not in text else text
        case "date":
            return _date(one, text)
        case "color":
            return _color(one, text)
        case "json":
            return _json(one, text)
        case "multiselect":
            return [_choice(one, item.strip()) for item in _SEVERAL.split(text) if item.strip()]
        case _:
            return _choice(one, text)


def _choice(one: AppInput, text: str) -> Json:
    """A choice by its label: as it stands, else whatever its capitals, else by its only possible beginning."""
    labels = [choice.label for choice in one.choices]
    exact = [place for place, label in enumerate(labels) if text in {label, str(one.choices[place].value)}]
    alike = [place for place, label in enumerate(labels) if label.casefold() == text.casefold()]
    begun = [place for place, label in enumerate(labels) if label.casefold().startswith(text.casefold())]
    for found in (exact, alike):
        if found:
            return one.choices[found[0]].value
    if one.allow_custom:
        return text
    if len(begun) == 1:
        return one.choices[begun[0]].value
    near = [labels[place] for place in begun][:5] or get_close_matches(text, labels, 5, 0.4) or labels[:5]
    raise _refused(one, text, words("discord_choices_near", choices=", ".join(near)))


def _date(one: AppInput, text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _refused(one, text, words("discord_date_expected")) from None
    day_alone = isinstance(one.default, str) and len(one.default) == len("2026-01-02")
    return moment.strftime("%Y-%m-%d" if day_alone else "%Y-%m-%d %H:%M:%S")


def _color(one: AppInput, text: str) -> str:
    found = _COLOR.fullmatch(text)
    if found is None and not text.startswith(("rgb", "hsl")):
        raise _refused(one, text, words("discord_color_expected"))
    return f"#{found[1].lower()}" if found is not None else text


def _json(one: AppInput, text: str) -> Json:
    try:
        value: Json = json.loads(text)
    except ValueError as error:
        where = error.pos + 1 if isinstance(error, json.JSONDecodeError) else 1
        raise _refused(one, words("that"), words("discord_json_expected", position=where)) from None
    return value


def _refused(one: AppInput, value: str, reason: str) -> Denied:
    return Denied(words("bad_setting", label=one.label or one.name, value=value, reason=reason))
