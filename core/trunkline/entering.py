"""The app's settings in forms: what stands in their fields, and values out of what was typed and chosen. Pure.

What is a wrong value for its type is refused here, with a sentence; what the app's ranges forbid, by `inputs.py`.
What a field gives is a flag, a list of places among the choices, or a text.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from typing import Final, Generic, TypeVar

from .backend import AppInput, AppProfile
from .errors import Denied
from .labels import clipped, one_line
from .messages import Json
from .words import words

F = TypeVar("F")
"""A file as its platform describes it."""
_COLOR: Final = re.compile(r"#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6}|[0-9a-fA-F]{8})")
_SEVERAL: Final = re.compile(r"[,\n]")


def fingerprint(inputs: Sequence[AppInput]) -> int:
    """A number that changes when what the inputs ask for does."""
    asked = [(one.id, one.name, one.kind, one.many, [(c.label, c.value) for c in one.choices]) for one in inputs]
    digest = hashlib.sha256(json.dumps(asked, default=str).encode()).digest()
    return int.from_bytes(digest[:7], "big")


@dataclass(frozen=True, slots=True)
class Filled(Generic[F]):
    """What was filled in, by input name: texts, lists of chosen places, flags; and files."""

    typed: Mapping[str, Json] = field(default_factory=dict)
    files: Mapping[str, tuple[F, ...]] = field(default_factory=dict)


def pages(profile: AppProfile, most: int) -> tuple[tuple[AppInput, ...], ...]:
    """The inputs that people may set, as many to a page as a form holds."""
    shown = profile.settings
    return tuple(shown[start : start + most] for start in range(0, len(shown), most))


def page_title(profile: AppProfile, page: int, count: int, limit: int) -> str:
    """What one of `count` pages is called."""
    number = f" {page + 1}/{count}" if count > 1 else ""
    return clipped(profile.labels.settings or words("settings"), limit - len(number)) + number


# What stands in a field


def text_of(one: AppInput, value: Json) -> str:
    """A value as it is typed."""
    if value is None:
        return ""
    if one.kind == "json":
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list | tuple):
        return ", ".join(_shown(one, item) for item in value)
    return _shown(one, value)


def _shown(one: AppInput, value: Json) -> str:
    label = next((choice.label for choice in one.choices if choice.value == value), None)
    if label is not None:
        return label
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def marked(one: AppInput, value: Json, typed: Json) -> tuple[int, ...]:
    """The places of the choices that are marked: those of `typed`, which was refused before, else `value`'s."""
    if isinstance(typed, list | tuple):
        return tuple(place for place in range(len(one.choices)) if str(place) in typed)
    held = value if isinstance(value, list | tuple) else (value,)
    return tuple(place for place, choice in enumerate(one.choices) if choice.value in held)


def hint_of(one: AppInput, value: Json, *, typed: bool) -> str:
    """What a field takes, where it does not show by itself; `typed`: it is a field of text."""
    match one.kind:
        case "number" | "slider":
            return range_of(one)
        case "date" if typed:
            return words("date_hint")
        case "color":
            return words("color_hint")
        case "json":
            return words("json_hint")
        case "file":
            return _files_hint(value)
        case "multiselect" if typed:
            return words("several_hint")
        case "dropdown" | "radio" if typed and not one.allow_custom:
            return words("choice_hint", count=len(one.choices))
        case _:
            return ""


def range_of(one: AppInput) -> str:
    """The numbers that an input takes; "" for any."""
    least, most = one.minimum, one.maximum
    if least is not None and most is not None:
        text = words("range_of", least=least, most=most)
    elif least is not None:
        text = words("range_from", least=least)
    elif most is not None:
        text = words("range_up_to", most=most)
    else:
        text = ""
    step = words("range_step", step=one.step) if one.step and text else ""
    return text + step


def _files_hint(value: Json) -> str:
    held = value if isinstance(value, list | tuple) else (value,)
    names = [str(file.get("name") or words("a_file")) for file in held if isinstance(file, Mapping)]
    return one_line(words("files_now", names=", ".join(names)), 90) if names else ""


# What was entered


def changed(
    inputs: Sequence[AppInput],
    typed: Mapping[str, Json],
    held: Mapping[str, Json],
    unshown: Callable[[AppInput, Json], bool],
) -> dict[str, Json]:
    """The values that change; None puts a default back. `held` are those that differ from the defaults.

    A text that is left empty stays where the field could not show it: what `unshown` says of input and value.
    `Denied` for the first that cannot be.
    """
    values: dict[str, Json] = {}
    for one in inputs:
        if one.name not in typed:
            continue
        before = held.get(one.name, one.default)
        given = typed[one.name]
        if given == "" and unshown(one, before):
            continue
        value = entered(one, given)
        if not _same(one, value, before):
            values[one.name] = value
    return values


def entered(one: AppInput, given: Json) -> Json:
    """The value of what a field gives; None for the default. `Denied` for what cannot be."""
    if one.kind == "checkbox":
        return bool(given)
    if isinstance(given, list | tuple):
        chosen = [_by_place(one, place) for place in given]
        if one.kind == "multiselect":
            return chosen
        return chosen[0] if chosen else None
    return _typed(one, str(given))


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


def _by_place(one: AppInput, place: Json) -> Json:
    number = int(place) if isinstance(place, str) and place.isdecimal() else -1
    if not 0 <= number < len(one.choices):
        raise Denied(words("form_outgrown"))
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
    raise _refused(one, text, words("choices_near", choices=", ".join(near)))


def whole_days(one: AppInput) -> bool:
    """Its dates are days without a time."""
    return isinstance(one.default, str) and len(one.default) == len("2026-01-02")


def _date(one: AppInput, text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _refused(one, text, words("date_expected")) from None
    return moment.strftime("%Y-%m-%d" if whole_days(one) else "%Y-%m-%d %H:%M:%S")


def _color(one: AppInput, text: str) -> str:
    found = _COLOR.fullmatch(text)
    if found is None and not text.startswith(("rgb", "hsl")):
        raise _refused(one, text, words("color_expected"))
    return f"#{found[1].lower()}" if found is not None else text


def _json(one: AppInput, text: str) -> Json:
    try:
        value: Json = json.loads(text)
    except ValueError as error:
        where = error.pos + 1 if isinstance(error, json.JSONDecodeError) else 1
        raise _refused(one, words("that"), words("json_expected", position=where)) from None
    return value


def _refused(one: AppInput, value: str, reason: str) -> Denied:
    return Denied(words("bad_setting", label=one.label or one.name, value=value, reason=reason))
