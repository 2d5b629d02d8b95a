"""How a person fills in the fields of a view, by what Slack's client allows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fakes.slack.elements import CHOICES, STATIC_SELECTS, TEXT_INPUTS, options_of
from fakes.slack.errors import Impossible, Json

PICKED = {
    "datepicker": "selected_date",
    "timepicker": "selected_time",
    "datetimepicker": "selected_date_time",
    "users_select": "selected_user",
    "multi_users_select": "selected_users",
    "conversations_select": "selected_conversation",
    "multi_conversations_select": "selected_conversations",
    "channels_select": "selected_channel",
    "multi_channels_select": "selected_channels",
}

Attach = Callable[[tuple[str, bytes]], Json]


def filled(blocks: list[Json], values: dict[str, Any], attach: Attach) -> Json:
    """The state of a view: `values` by label, `action_id` or `block_id`, the rest as it was preset.

    Raises `Impossible` where the client would not let the form go.
    """
    state: Json = {}
    wanted = dict(values)
    for block in blocks:
        element = block.get("element") if block["type"] == "input" else None
        if element is None:
            continue
        label = block["label"]["text"]
        name = next((each for each in (label, element["action_id"], block["block_id"]) if each in wanted), None)
        entry = entered(element, wanted.pop(name), attach) if name is not None else preset(element)
        if not block.get("optional") and not _holds_something(entry):
            raise Impossible(f"{label!r} must be filled in")
        state.setdefault(block["block_id"], {})[element["action_id"]] = entry
    if wanted:
        raise Impossible(f"no field is named {sorted(wanted)}")
    return state


def _holds_something(entry: Json) -> bool:
    return any(value not in (None, "", []) for name, value in entry.items() if name != "type")


def preset(element: Json) -> Json:
    """What stands in a field that nobody touched."""
    kind = element["type"]
    entry: Json = {"type": kind}
    if kind in TEXT_INPUTS:
        return entry | {"value": element.get("initial_value")}
    if kind in PICKED:
        name = PICKED[kind]
        return entry | {name: element.get(name.replace("selected", "initial"))}
    if kind in ("checkboxes", "multi_static_select", "multi_external_select"):
        return entry | {"selected_options": element.get("initial_options", [])}
    if kind == "rich_text_input":
        return entry | {"rich_text_value": element.get("initial_value")}
    if kind == "file_input":
        return entry | {"files": []}
    return entry | {"selected_option": element.get("initial_option")}


def entered(element: Json, value: Any, attach: Attach) -> Json:
    """What a person enters. Options are named by text or value, files are (name, bytes)."""
    kind = element["type"]
    entry: Json = {"type": kind}
    if kind in TEXT_INPUTS:
        return entry | {"value": _typed(element, value)}
    if kind in PICKED:
        return entry | {PICKED[kind]: value}
    if kind in STATIC_SELECTS | CHOICES:
        return entry | chosen(element, [value] if isinstance(value, str) else list(value))
    if kind == "rich_text_input":
        section = {"type": "rich_text_section", "elements": [{"type": "text", "text": value}]}
        return entry | {"rich_text_value": {"type": "rich_text", "elements": [section]}}
    if kind == "file_input":
        return entry | {"files": [attach(file) for file in value]}
    raise Impossible(f"a person of this Slack cannot fill in {kind}")


def _typed(element: Json, value: Any) -> str | None:
    text = str(value)
    most, least = element.get("max_length", 3000), element.get("min_length", 0)
    if text and not least <= len(text) <= most:
        raise Impossible(f"must have {least} to {most} characters")
    if element["type"] == "number_input":
        _number(element, text)
    if element["type"] == "email_text_input" and "@" not in text:
        raise Impossible("not an e-mail address")
    if element["type"] == "url_text_input" and "://" not in text:
        raise Impossible("not an address")
    return text or None


def _number(element: Json, text: str) -> None:
    try:
        number = float(text)
    except ValueError as error:
        raise Impossible(f"{text!r} is not a number") from error
    if not element.get("is_decimal_allowed") and not number.is_integer():
        raise Impossible("only whole numbers are allowed")
    if not float(element.get("min_value", number)) <= number <= float(element.get("max_value", number)):
        raise Impossible("the number is out of range")


def chosen(element: Json, wanted: list[str]) -> Json:
    """Options by text or value, as many as the element takes."""
    offered = options_of(element)
    picked: list[Json] = []
    for each in wanted:
        found = next((option for option in offered if each in (option["value"], option["text"]["text"])), None)
        if found is None:
            raise Impossible(f"{each!r} is not among {[option['text']['text'] for option in offered]}")
        picked.append(found)
    if element["type"] in ("checkboxes", "multi_static_select"):
        if len(picked) > element.get("max_selected_items", len(offered)):
            raise Impossible("so many cannot be chosen")
        return {"selected_options": picked}
    if len(picked) > 1:
        raise Impossible("only one can be chosen")
    return {"selected_option": picked[0] if picked else None}
