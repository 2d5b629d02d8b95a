"""Whether the commands on Discord's side are those that are wanted. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

_OPTION: Final[Mapping[str, Any]] = {
    "type": 3,
    "name": "",
    "description": "",
    "required": False,
    "autocomplete": False,
    "min_value": None,
    "max_value": None,
    "min_length": None,
    "max_length": None,
}


def same(held: Any, wanted: Sequence[Mapping[str, Any]]) -> bool:
    """Whether they are the same commands, whatever their order and whatever is left to its default."""
    ours = [_normal(command) for command in wanted]
    theirs = [_normal(command) for command in held or ()]
    return sorted(ours, key=_key) == sorted(theirs, key=_key)


def commands_of(held: Any) -> dict[str, int]:
    """The ids of slash commands by their names."""
    return {str(one["name"]): int(one["id"]) for one in held or () if one.get("type", 1) == 1}


def _normal(command: Mapping[str, Any]) -> dict[str, Any]:
    permissions = command.get("default_member_permissions")
    return {
        "type": command.get("type", 1),
        "name": command.get("name"),
        "description": command.get("description") or "",
        "options": [_option(one) for one in command.get("options") or ()],
        "permissions": None if permissions is None else str(permissions),
        "contexts": _sorted(command.get("contexts")),
        "installs": _sorted(command.get("integration_types")),
        "nsfw": bool(command.get("nsfw")),
    }


def _option(option: Mapping[str, Any]) -> dict[str, Any]:
    plain = {name: option.get(name, default) for name, default in _OPTION.items()}
    return plain | {
        "choices": [(one.get("name"), one.get("value")) for one in option.get("choices") or ()],
        "channels": _sorted(option.get("channel_types")),
        "options": [_option(one) for one in option.get("options") or ()],
    }


def _sorted(values: Any) -> list[int] | None:
    return None if values is None else sorted(values)


def _key(command: Mapping[str, Any]) -> tuple[int, str]:
    return (command["type"], str(command["name"]))
