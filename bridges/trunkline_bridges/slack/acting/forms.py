"""The app's settings as a modal, and what was filled in as values; questions of one field. Pure.

A form keeps nothing here while it is open: its callback id and what Slack keeps with it say what it asked for, so
that one that was opened before a restart can be submitted after it, and one that the app has outgrown is told
apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, Final, Literal, TypeAlias

from trunkline import entering
from trunkline.backend import AppInput, AppProfile
from trunkline.entering import fingerprint, hint_of, marked, text_of, whole_days
from trunkline.labels import clipped
from trunkline.messages import Json
from trunkline.words import words

from ..drawing.blocks import PLACEHOLDER, button
from ..drawing.marks import plain as escape
from ..facts import Attached
from ..hearing.reading import attached
from ..ids import Id
from ..limits import MODAL_BLOCKS
from .shapes import MODAL_TITLE, Block, Body, choice, modal, offered, plain, rows, section

Filled: TypeAlias = "entering.Filled[Attached]"
Form: TypeAlias = Literal["text", "number", "select", "selects", "radio", "group", "checkbox", "day", "upload"]

TEXT_INPUT: Final = 3000
PAGE: Final = MODAL_BLOCKS - 5
"""Inputs of a page: some blocks are kept for what is said above them."""
_GROUP: Final = 10
"""Radio buttons and checkboxes of a field."""
_CHOICES: Final = 10_000
_FILES: Final = 10
_LABEL: Final = 2000
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def pages(profile: AppProfile) -> tuple[tuple[AppInput, ...], ...]:
    """The inputs that people may set, as many to a page as a form holds."""
    return entering.pages(profile, PAGE)


def title_of(profile: AppProfile, page: int) -> str:
    """What a page is called."""
    return entering.page_title(profile, page, len(pages(profile)), MODAL_TITLE)


def settings_form(
    profile: AppProfile,
    page: int,
    values: Mapping[str, Json],
    metadata: str,
    *,
    typed: Mapping[str, Json] | None = None,
    above: str = "",
) -> Body:
    """A page to fill in. `values` differ from the app's defaults; `typed` was refused before, `above` says why."""
    inputs = pages(profile)[page]
    last = page + 1 == len(pages(profile))
    said = [section(escape(above))] if above else []
    fields = [_block(one, values.get(one.name, one.default), (typed or {}).get(one.name)) for one in inputs]
    return modal(
        title_of(profile, page),
        [*said, *fields, *rows([button(Id("defaults"), words("slack_defaults"))])],
        submit=words("slack_save") if last else words("slack_save_on"),
        close=words("slack_close"),
        callback=str(Id("form", fingerprint(inputs), page)),
        metadata=metadata,
    )


def question_form(metadata: str) -> Body:
    """What is to be asked about a message."""
    element: Block = {"type": "plain_text_input", "action_id": "question", "multiline": True}
    element["max_length"] = TEXT_INPUT
    return _of_one_field("about", 0, words("slack_ask_about"), words("slack_question"), element, metadata)


def title_form(conversation: int, title: str, metadata: str) -> Body:
    """A new title of a conversation."""
    element: Block = {"type": "plain_text_input", "action_id": "title", "max_length": 100}
    element |= {"initial_value": clipped(title, 100)} if title else {}
    return _of_one_field("rename", conversation, words("slack_rename"), words("slack_title"), element, metadata)


def _of_one_field(
    op: Literal["about", "rename"], number: int, title: str, label: str, element: Block, metadata: str
) -> Body:
    key = str(element["action_id"])
    block: Block = {"type": "input", "block_id": key, "label": plain(label, _LABEL), "element": element}
    return modal(
        title,
        [block],
        submit=words("slack_send"),
        close=words("slack_close"),
        callback=str(Id(op, number)),
        metadata=metadata,
    )


def waiting_view() -> Body:
    """What stands there while it takes a moment."""
    return modal(words("settings"), [section(words("slack_saving"))], close=words("slack_close"))


def notice_view(title: str, sentence: str) -> Body:
    return modal(title, [section(escape(sentence))], close=words("slack_close"))


# Drawing


def form_of(one: AppInput) -> Form:
    """How an input is asked for."""
    count = len(one.choices)
    fits = 1 <= count <= _CHOICES and not one.allow_custom
    match one.kind:
        case "checkbox":
            return "checkbox"
        case "file":
            return "upload"
        case "number" | "slider":
            return "number"
        case "date" if whole_days(one):
            return "day"
        case "radio" if 1 <= count <= _GROUP:
            return "radio"
        case "radio" | "dropdown" if fits:
            return "select"
        case "multiselect" if fits:
            return "group" if count <= _GROUP else "selects"
        case _:
            return "text"


def key_of(one: AppInput) -> str:
    """The id of an input's block."""
    return f"input:{one.id}"


def _block(one: AppInput, value: Json, typed: Json) -> Block:
    made: Block = {
        "type": "input",
        "block_id": key_of(one),
        "label": plain(one.label or one.name, _LABEL),
        "element": {"action_id": key_of(one), **_DRAWN[form_of(one)](one, value, typed)},
        "optional": True,
    }
    hint = _hint(one, value)
    return made | ({"hint": plain(hint, _LABEL)} if hint else {})


def _hint(one: AppInput, value: Json) -> str:
    form = form_of(one)
    takes = words("too_long_to_show") if unshown(one, value) else hint_of(one, value, typed=form == "text")
    return " · ".join(part for part in (one.info.strip(), takes) if part)


def _text(one: AppInput, value: Json, typed: Json) -> Block:
    limit = min(TEXT_INPUT, one.max_length or TEXT_INPUT) if one.kind == "text" else TEXT_INPUT
    shown = typed if isinstance(typed, str) else text_of(one, value)
    long = one.lines > 1 or one.kind in {"json", "multiselect"} or "\n" in shown
    made: Block = {"type": "plain_text_input", "multiline": long, "max_length": limit}
    made |= {"initial_value": shown} if shown and len(shown) <= limit else {}
    hint = one.placeholder or ", ".join(each.label for each in one.choices)
    return made | ({"placeholder": plain(hint, PLACEHOLDER)} if hint.strip() else {})


def _number(one: AppInput, value: Json, typed: Json) -> Block:
    """The app's range is not Slack's to hold: what is out of it is refused with our sentence."""
    shown = _figures(typed if isinstance(typed, str) else text_of(one, value))
    made: Block = {"type": "number_input", "is_decimal_allowed": True}
    return made | ({"initial_value": shown} if shown else {})


def _figures(text: str) -> str:
    """A number as Slack takes it, without an exponent; "" for what is none."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return ""
    return format(number, "f") if number.is_finite() else ""


def _day(one: AppInput, value: Json, typed: Json) -> Block:
    shown = typed if isinstance(typed, str) else text_of(one, value)
    made: Block = {"type": "datepicker"}
    return made | ({"initial_date": shown} if _DAY.fullmatch(shown) else {})


def _lines(one: AppInput, value: Json, typed: Json) -> tuple[list[Block], list[Block]]:
    """The choices by their places, and those of them that are chosen."""
    lines = [choice(each.label, place) for place, each in enumerate(one.choices)]
    return lines, [lines[place] for place in marked(one, value, typed)]


def _one_of(kind: str) -> Callable[[AppInput, Json, Json], Block]:
    def draw(one: AppInput, value: Json, typed: Json) -> Block:
        lines, chosen = _lines(one, value, typed)
        shown = offered(lines) if kind == "static_select" else {"options": lines}
        return {"type": kind, **shown} | ({"initial_option": chosen[0]} if chosen else {})

    return draw


def _some_of(kind: str) -> Callable[[AppInput, Json, Json], Block]:
    def draw(one: AppInput, value: Json, typed: Json) -> Block:
        lines, chosen = _lines(one, value, typed)
        shown = offered(lines) if kind == "multi_static_select" else {"options": lines}
        return {"type": kind, **shown} | ({"initial_options": chosen} if chosen else {})

    return draw


def _checkbox(one: AppInput, value: Json, typed: Json) -> Block:
    line = choice(words("slack_on"), "on")
    on = typed if isinstance(typed, bool) else bool(value)
    made: Block = {"type": "checkboxes", "options": [line]}
    return made | ({"initial_options": [line]} if on else {})


def _upload(one: AppInput, value: Json, typed: Json) -> Block:
    endings = [kind.strip().lower().lstrip(".") for kind in one.file_types]
    made: Block = {"type": "file_input", "max_files": _FILES if one.many else 1}
    # Slack knows endings alone; families such as "image" are looked at when the file is there.
    named = endings if all(kind.strip().startswith(".") for kind in one.file_types) else []
    return made | ({"filetypes": named} if named else {})


_DRAWN: Final[Mapping[Form, Callable[[AppInput, Json, Json], Block]]] = {
    "text": _text,
    "number": _number,
    "day": _day,
    "select": _one_of("static_select"),
    "radio": _one_of("radio_buttons"),
    "selects": _some_of("multi_static_select"),
    "group": _some_of("checkboxes"),
    "checkbox": _checkbox,
    "upload": _upload,
}


def unshown(one: AppInput, value: Json) -> bool:
    """The value cannot stand in its field: left empty, it stays."""
    shown = text_of(one, value)
    match form_of(one):
        case "number":
            return bool(shown) and not _figures(shown)
        case "day":
            return bool(shown) and not _DAY.fullmatch(shown)
        case "text":
            return len(shown) > min(TEXT_INPUT, one.max_length or TEXT_INPUT)
        case _:
            return False


# Reading


def filled(inputs: Sequence[AppInput], view: Mapping[str, Any]) -> Filled:
    """What a submitted view holds. What belongs to no input is left out."""
    state = (view.get("state") or {}).get("values") or {}
    typed: dict[str, Json] = {}
    files: dict[str, tuple[Attached, ...]] = {}
    for one in inputs:
        part = (state.get(key_of(one)) or {}).get(key_of(one))
        if part is None:
            continue
        match form_of(one):
            case "upload":
                files[one.name] = tuple(attached(file) for file in part.get("files") or ())
            case "select" | "radio":
                option = part.get("selected_option")
                typed[one.name] = [str(option["value"])] if option else []
            case "selects" | "group":
                typed[one.name] = [str(option["value"]) for option in part.get("selected_options") or ()]
            case "checkbox":
                typed[one.name] = bool(part.get("selected_options"))
            case "day":
                typed[one.name] = str(part.get("selected_date") or "")
            case _:
                typed[one.name] = str(part.get("value") or "")
    return entering.Filled(typed, files)


def first_field(view: Mapping[str, Any]) -> str:
    """The block of the first field of a view; "" where there is none."""
    fields = (str(one.get("block_id") or "") for one in view.get("blocks") or () if one.get("type") == "input")
    return next(fields, "")


def field_of(view: Mapping[str, Any], key: str) -> str:
    """What was typed into the one field of a question."""
    state = (view.get("state") or {}).get("values") or {}
    return str(((state.get(key) or {}).get(key) or {}).get("value") or "")
