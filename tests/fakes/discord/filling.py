"""How the client fills in the options of a command and the fields of a modal.

`ValueError` says what the client would not let a person enter.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fakes.discord.components import (
    CHECKBOX,
    CHECKBOX_GROUP,
    FILE_UPLOAD,
    LABEL,
    RADIO_GROUP,
    ROW,
    SELECTS,
    STRING_SELECT,
    TEXT,
    TEXT_INPUT,
)
from fakes.discord.errors import Json

Upload = Callable[[tuple[str, bytes]], str]

SUBCOMMAND, GROUP, INTEGER, NUMBER, ATTACHMENT = 1, 2, 4, 10, 11


def filled_options(
    command: Json, inner: Sequence[str], values: Mapping[str, Any], focused: str | None, upload: Upload
) -> list[Json]:
    """The options of a command as they are sent; `inner` names the group and subcommand."""
    known = {option["name"]: option for option in command.get("options") or []}
    if inner:
        chosen = known.get(inner[0])
        if chosen is None or chosen["type"] not in (SUBCOMMAND, GROUP):
            raise ValueError(f"{command['name']!r} has no subcommand {inner[0]!r}")
        within = filled_options(chosen, inner[1:], values, focused, upload)
        return [{"name": chosen["name"], "type": chosen["type"], "options": within}]
    if unknown := set(values) - set(known):
        raise ValueError(f"{command['name']!r} has no option {sorted(unknown)}")
    missing = [name for name, option in known.items() if option.get("required") and name not in values]
    if missing and focused is None:
        raise ValueError(f"{command['name']!r} needs {missing}")
    return [_filled_option(known[name], value, name == focused, upload) for name, value in values.items()]


def _filled_option(option: Json, value: Any, focused: bool, upload: Upload) -> Json:
    choices = [choice["value"] for choice in option.get("choices") or []]
    if choices and value not in choices:
        raise ValueError(f"{option['name']!r} is one of {choices}")
    if option["type"] in (INTEGER, NUMBER) and not focused:
        low, high = option.get("min_value", value), option.get("max_value", value)
        if not low <= value <= high:
            raise ValueError(f"{option['name']!r} is between {low} and {high}")
    sent = upload(value) if option["type"] == ATTACHMENT else value
    filled: Json = {"name": option["name"], "type": option["type"], "value": sent}
    return filled | ({"focused": True} if focused else {})


def filled_modal(modal: Json, values: Mapping[str, Any], upload: Upload) -> list[Json]:
    """The components of a modal as they are submitted. Fields are named by custom_id or by label."""
    used: set[str] = set()
    filled = [_filled_item(item, values, upload, used) for item in modal["components"]]
    if unknown := set(values) - used:
        raise ValueError(f"the modal has no field {sorted(unknown)}")
    return filled


def _filled_item(item: Json, values: Mapping[str, Any], upload: Upload, used: set[str]) -> Json:
    if item["type"] == TEXT:
        return {"type": TEXT, "id": item.get("id", 0)}
    inside = item["component"] if item["type"] == LABEL else item["components"][0]
    label = item.get("label", inside.get("label", ""))
    name = next((each for each in (inside["custom_id"], label) if each in values), None)
    if name is not None:
        used.add(name)
    field = _filled_field(inside, None if name is None else values[name], name is not None, upload)
    if item["type"] == ROW:
        return {"type": ROW, "id": item.get("id", 0), "components": [field]}
    return {"type": LABEL, "id": item.get("id", 0), "component": field}


def _filled_field(field: Json, value: Any, given: bool, upload: Upload) -> Json:
    kind = field["type"]
    sent: Json = {"type": kind, "custom_id": field["custom_id"], "id": field.get("id", 0)}
    if kind == TEXT_INPUT:
        return sent | {"value": _typed(field, str(value) if given else field.get("value") or "")}
    if kind == CHECKBOX:
        return sent | {"value": bool(value) if given else field.get("default", False)}
    if kind == FILE_UPLOAD:
        return sent | {"values": _counted(field, [upload(file) for file in value or []])}
    preset = [option["value"] for option in field.get("options") or [] if option.get("default")]
    if kind == RADIO_GROUP:
        return sent | {"value": _offered(field, [value])[0] if given else next(iter(preset), None)}
    chosen = list(value) if given else preset
    if kind in (STRING_SELECT, CHECKBOX_GROUP):
        _offered(field, chosen)
    assert kind in SELECTS or kind == CHECKBOX_GROUP
    return sent | {"values": _counted(field, chosen)}


def _typed(field: Json, text: str) -> str:
    required = field.get("required", True)
    least = max(field.get("min_length") or 0, 1) if required else 0
    if not least <= len(text) <= (field.get("max_length") or 4000):
        raise ValueError(f"{field['custom_id']!r} cannot hold a text of {len(text)} characters")
    return text


def _offered(field: Json, chosen: list[Any]) -> list[Any]:
    offered = [option["value"] for option in field["options"]]
    if not set(chosen) <= set(offered):
        raise ValueError(f"{field['custom_id']!r} offers {offered}")
    return chosen


def _counted(field: Json, chosen: list[str]) -> list[str]:
    least = field.get("min_values", 1) if field.get("required", True) else 0
    if not least <= len(chosen) <= (field.get("max_values") or 25):
        raise ValueError(f"{field['custom_id']!r} cannot hold {len(chosen)}")
    return chosen
