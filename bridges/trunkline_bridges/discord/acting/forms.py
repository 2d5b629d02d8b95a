"""The app's settings as pages of a form, and what was filled in as values. Pure.

A form keeps nothing here while it is open: its id says what it asked for, so that one that was opened before a
restart can be submitted after it, and one that the app has outgrown is told apart.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal, TypeAlias

from trunkline import entering
from trunkline.backend import AppInput, AppProfile
from trunkline.entering import fingerprint, hint_of, marked, text_of
from trunkline.labels import clipped, one_line
from trunkline.messages import Json
from trunkline.words import words

from ..facts import Attached
from ..ids import Id
from ..limits import LABEL, LABEL_DESCRIPTION, MODAL_ITEMS, MODAL_TITLE, SELECT_OPTIONS, TEXT_INPUT

Body: TypeAlias = Mapping[str, Json]
Filled: TypeAlias = "entering.Filled[Attached]"
Form: TypeAlias = Literal["text", "select", "radio", "group", "checkbox", "upload"]

_TEXT_INPUT, _LABEL, _UPLOAD, _RADIO, _GROUP, _CHECKBOX = 4, 18, 19, 21, 22, 23
_SHORT, _PARAGRAPH = 1, 2
_GROUP_OPTIONS: Final = 10
_PLACEHOLDER: Final = 100


def pages(profile: AppProfile) -> tuple[tuple[AppInput, ...], ...]:
    """The inputs that people may set, as many to a page as a form holds."""
    return entering.pages(profile, MODAL_ITEMS)


def title_of(profile: AppProfile, page: int) -> str:
    """What a page is called."""
    return entering.page_title(profile, page, len(pages(profile)), MODAL_TITLE)


def settings_form(
    profile: AppProfile,
    page: int,
    values: Mapping[str, Json],
    typed: Mapping[str, Json] | None = None,
    files: Mapping[str, Json] | None = None,
) -> Body:
    """A page to fill in. `values` differ from the app's defaults; `typed` and `files` were refused before."""
    inputs = pages(profile)[page]
    kept = {**values, **(files or {})}
    items = [_item(one, kept.get(one.name, one.default), (typed or {}).get(one.name)) for one in inputs]
    return {
        "custom_id": str(Id("form", fingerprint(inputs), page)),
        "title": title_of(profile, page),
        "components": items,
    }


def question_form(message: str) -> Body:
    """What is to be asked about a message."""
    field_ = _text_field("question", "", _PARAGRAPH) | {"required": True, "max_length": TEXT_INPUT}
    return {
        "custom_id": str(Id("about", int(message))),
        "title": clipped(words("discord_ask_about"), MODAL_TITLE),
        "components": [_label(words("discord_question"), words("discord_question_hint"), field_)],
    }


def title_form(conversation: int, title: str) -> Body:
    """A new title of a conversation."""
    field_ = _text_field("title", clipped(title, 100), _SHORT) | {"required": True, "max_length": 100}
    return {
        "custom_id": str(Id("named", conversation)),
        "title": clipped(words("discord_rename"), MODAL_TITLE),
        "components": [_label(words("discord_title"), "", field_)],
    }


# Drawing


def form_of(one: AppInput) -> Form:
    """How an input is asked for."""
    count = len(one.choices)
    match one.kind:
        case "checkbox":
            return "checkbox"
        case "file":
            return "upload"
        case "radio" if 2 <= count <= _GROUP_OPTIONS:
            return "radio"
        case "radio" | "dropdown" if 1 <= count <= SELECT_OPTIONS and not one.allow_custom:
            return "select"
        case "multiselect" if 1 <= count <= SELECT_OPTIONS and not one.allow_custom:
            return "group" if count <= _GROUP_OPTIONS else "select"
        case _:
            return "text"


def _item(one: AppInput, value: Json, typed: Json) -> dict[str, Json]:
    return _label(one.label or one.name, _description(one, value), _DRAWN[form_of(one)](one, value, typed))


def _label(label: str, description: str, inside: Mapping[str, Json]) -> dict[str, Json]:
    made: dict[str, Json] = {"type": _LABEL, "label": one_line(label, LABEL) or "…", "component": inside}
    return made | ({"description": one_line(description, LABEL_DESCRIPTION)} if description.strip() else {})


def _key(one: AppInput) -> str:
    return f"input:{one.id}"


def _text_field(key: str, value: str, style: int) -> dict[str, Json]:
    made: dict[str, Json] = {"type": _TEXT_INPUT, "custom_id": key, "style": style, "required": False}
    return made | ({"value": value} if value else {})


def _text(one: AppInput, value: Json, typed: Json) -> dict[str, Json]:
    limit = min(TEXT_INPUT, one.max_length or TEXT_INPUT) if one.kind == "text" else TEXT_INPUT
    shown = typed if isinstance(typed, str) else text_of(one, value)
    long = one.lines > 1 or one.kind in {"json", "multiselect"} or "\n" in shown
    made = _text_field(_key(one), shown if len(shown) <= limit else "", _PARAGRAPH if long else _SHORT)
    hint = one.placeholder or ", ".join(choice.label for choice in one.choices)
    return made | {"max_length": limit} | ({"placeholder": one_line(hint, _PLACEHOLDER)} if hint.strip() else {})


def _options(one: AppInput, value: Json, typed: Json) -> list[Json]:
    """The choices by their places; the chosen ones are marked."""
    chosen = marked(one, value, typed)
    lines: list[Json] = []
    for place, choice in enumerate(one.choices):
        line: dict[str, Json] = {"label": one_line(choice.label, 100) or "…", "value": str(place)}
        lines.append(line | ({"default": True} if place in chosen else {}))
    return lines


def _select(one: AppInput, value: Json, typed: Json) -> dict[str, Json]:
    most = len(one.choices) if one.kind == "multiselect" else 1
    made: dict[str, Json] = {"type": 3, "custom_id": _key(one), "options": _options(one, value, typed)}
    return made | {"min_values": 0, "max_values": most, "required": False}


def _radio(one: AppInput, value: Json, typed: Json) -> dict[str, Json]:
    options = _options(one, value, typed)
    return {"type": _RADIO, "custom_id": _key(one), "options": options, "required": False}


def _group(one: AppInput, value: Json, typed: Json) -> dict[str, Json]:
    made: dict[str, Json] = {"type": _GROUP, "custom_id": _key(one), "options": _options(one, value, typed)}
    return made | {"min_values": 0, "max_values": len(one.choices), "required": False}


def _checkbox(one: AppInput, value: Json, typed: Json) -> dict[str, Json]:
    on = typed if isinstance(typed, bool) else bool(value)
    return {"type": _CHECKBOX, "custom_id": _key(one), "default": on}


def _upload(one: AppInput, value: Json, typed: Json) -> dict[str, Json]:
    most = MODAL_ITEMS * 2 if one.many else 1
    return {"type": _UPLOAD, "custom_id": _key(one), "min_values": 0, "max_values": most, "required": False}


_DRAWN: Final[Mapping[Form, Callable[[AppInput, Json, Json], dict[str, Json]]]] = {
    "text": _text,
    "select": _select,
    "radio": _radio,
    "group": _group,
    "checkbox": _checkbox,
    "upload": _upload,
}


def too_long(one: AppInput, value: Json) -> bool:
    """The value cannot be shown in a form: left empty, it stays."""
    return form_of(one) == "text" and len(text_of(one, value)) > TEXT_INPUT


def _description(one: AppInput, value: Json) -> str:
    hint = _hint(one, value)
    info = one_line(one.info, LABEL_DESCRIPTION - len(hint) - 3) if len(hint) < 70 else ""
    return " · ".join(part for part in (info, hint) if part)


def _hint(one: AppInput, value: Json) -> str:
    if too_long(one, value):
        return words("too_long_to_show")
    return hint_of(one, value, typed=form_of(one) == "text")


# Reading


def filled(inputs: Sequence[AppInput], data: Mapping[str, Any]) -> Filled:
    """What a submitted form holds; `data` as Discord sends it. What belongs to no input is left out."""
    by_key = {_key(one): one for one in inputs}
    attachments = (data.get("resolved") or {}).get("attachments") or {}
    typed: dict[str, Json] = {}
    files: dict[str, tuple[Attached, ...]] = {}
    for key, part in fields_of(data).items():
        one = by_key.get(key)
        if one is None:
            continue
        given = part.get("values") if "values" in part else part.get("value")
        match form_of(one):
            case "upload":
                files[one.name] = tuple(attached(attachments[i]) for i in given or () if i in attachments)
            case "radio":
                typed[one.name] = [given] if isinstance(given, str) else []
            case "checkbox":
                typed[one.name] = bool(given)
            case "select" | "group":
                typed[one.name] = [str(place) for place in given or ()]
            case _:
                typed[one.name] = str(given or "")
    return entering.Filled(typed, files)


def fields_of(data: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The fields of a submitted form by their ids."""
    found: dict[str, Mapping[str, Any]] = {}
    for item in data.get("components") or ():
        inside = (
            [item["component"]] if isinstance(item.get("component"), Mapping) else item.get("components") or ()
        )
        found |= {str(part.get("custom_id")): part for part in inside}
    return found


def attached(raw: Mapping[str, Any]) -> Attached:
    """A file as Discord describes it."""
    return Attached(
        url=str(raw.get("url") or ""),
        name=str(raw.get("filename") or ""),
        mime=str(raw.get("content_type") or "").partition(";")[0],
        size=int(raw.get("size") or 0),
        alt=str(raw.get("description") or ""),
    )
