"""The limits of modals.

reference: Components V2, "Modals" (five items, labels of 45, inputs of 4,000, groups of 2–10 and 1–10, files
0–10).
"""

from __future__ import annotations

from typing import Any

from fakes.discord.components import (
    CHECKBOX,
    CHECKBOX_GROUP,
    FILE_UPLOAD,
    LABEL,
    RADIO_GROUP,
    ROW,
    SELECTS,
    TEXT,
    TEXT_INPUT,
    check_options,
    check_select,
)
from fakes.discord.errors import Json, Path, Problems

IN_LABEL = SELECTS | {TEXT_INPUT, FILE_UPLOAD, RADIO_GROUP, CHECKBOX_GROUP, CHECKBOX}


def check_modal(modal: Json) -> None:
    """Raises `Refused` for a modal that Discord would not open."""
    problems = Problems()
    problems.longer(("data", "title"), modal.get("title", ""), 45, 1)
    problems.longer(("data", "custom_id"), modal.get("custom_id", ""), 100, 1)
    custom_ids: set[str] = set()
    for position, item in enumerate(problems.count(("data", "components"), modal.get("components"), 5, 1)):
        _check_item(item, ("data", "components", position), custom_ids, problems)
    problems.refuse()


def _check_item(item: Json, path: Path, custom_ids: set[str], problems: Problems) -> None:
    kind = item.get("type")
    if kind == LABEL:
        problems.longer((*path, "label"), item.get("label", ""), 45, 1)
        problems.longer((*path, "description"), item.get("description") or "", 100)
        _check_field(item.get("component"), (*path, "component"), custom_ids, problems)
    elif kind == ROW:
        # Deprecated, still accepted.
        fields = problems.count((*path, "components"), item.get("components"), 1, 1)
        for field in fields:
            problems.longer((*path, "components", 0, "label"), field.get("label", ""), 45, 1)
            _check_field(field, (*path, "components", 0), custom_ids, problems)
    elif kind == TEXT:
        problems.longer((*path, "content"), item.get("content", ""), 4000, 1)
    else:
        problems.add((*path, "type"), "UNION_TYPE_CHOICES", 'Value of field "type" must be one of (1, 10, 18).')


def _check_field(field: Any, path: Path, custom_ids: set[str], problems: Problems) -> None:
    kind = field.get("type") if isinstance(field, dict) else None
    if kind not in IN_LABEL:
        problems.add((*path, "type"), "UNION_TYPE_CHOICES", "A label holds one input, select, upload or group.")
        return
    own = field.get("custom_id", "")
    problems.longer((*path, "custom_id"), own, 100, 1)
    if own in custom_ids:
        problems.add((*path, "custom_id"), "COMPONENT_CUSTOM_ID_DUPLICATED", "Custom ids must differ")
    custom_ids.add(own)
    if kind in SELECTS:
        check_select(field, path, problems)
    elif kind == TEXT_INPUT:
        _check_text_input(field, path, problems)
    elif kind == FILE_UPLOAD:
        _between(field, path, (("min_values", 0), ("max_values", 1)), 10, problems)
    elif kind == RADIO_GROUP:
        check_options(field.get("options"), (*path, "options"), problems, 2, 10)
    elif kind == CHECKBOX_GROUP:
        check_options(field.get("options"), (*path, "options"), problems, 1, 10)


def _check_text_input(field: Json, path: Path, problems: Problems) -> None:
    if field.get("style") not in (1, 2):
        problems.add((*path, "style"), "BASE_TYPE_CHOICES", "Value must be one of {1, 2}.")
    problems.longer((*path, "placeholder"), field.get("placeholder") or "", 100)
    problems.longer((*path, "value"), field.get("value") or "", 4000)
    _between(field, path, (("min_length", 0), ("max_length", 1)), 4000, problems)


def _between(field: Json, path: Path, names: tuple[tuple[str, int], ...], most: int, problems: Problems) -> None:
    for name, least in names:
        value = field.get(name)
        if value is not None and not least <= int(value) <= most:
            problems.add((*path, name), "NUMBER_TYPE_MAX", f"int value should be between {least} and {most}.")
