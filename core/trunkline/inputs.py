"""Values for an app's additional inputs, as people give them: made of the right type, or refused in a sentence."""

from __future__ import annotations

import math
from collections.abc import Mapping

from .backend import AppInput, AppProfile
from .errors import Denied
from .messages import Json
from .words import words


def check_settings(profile: AppProfile, wanted: Mapping[str, Json]) -> dict[str, Json]:
    """Values that the app's inputs take, made of the right type; `Denied` names the first that is not."""
    known = {setting.name: setting for setting in profile.inputs}
    checked: dict[str, Json] = {}
    for name, value in wanted.items():
        setting = known.get(name)
        if setting is None:
            raise Denied(words("unknown_setting", name=name, names=", ".join(known) or words("none")))
        checked[name] = None if value is None else _checked(setting, value)
    return checked


def _checked(setting: AppInput, value: Json) -> Json:
    match setting.kind:
        case "number" | "slider":
            return _number(setting, value)
        case "checkbox":
            if isinstance(value, str) and value.lower() in {"true", "yes", "on", "false", "no", "off"}:
                return value.lower() in {"true", "yes", "on"}
            if not isinstance(value, bool):
                raise _refusal(setting, value, words("on_or_off_expected"))
            return value
        case "radio" | "dropdown":
            return _choice(setting, value)
        case "multiselect":
            items = value.split(",") if isinstance(value, str) else value
            if not isinstance(items, list | tuple):
                raise _refusal(setting, value, words("choices_expected"))
            return [_choice(setting, item.strip() if isinstance(item, str) else item) for item in items]
        case "text":
            if setting.max_length is not None and len(str(value)) > setting.max_length:
                raise _refusal(setting, words("that"), words("text_limit", limit=setting.max_length))
            return str(value)
        case _:
            return value


def _number(setting: AppInput, value: Json) -> Json:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise _refusal(setting, value, words("number_expected")) from None
    if not math.isfinite(number) or isinstance(value, bool):
        raise _refusal(setting, value, words("number_expected"))
    if setting.minimum is not None and number < setting.minimum:
        raise _refusal(setting, value, words("least", least=setting.minimum))
    if setting.maximum is not None and number > setting.maximum:
        raise _refusal(setting, value, words("most", most=setting.maximum))
    return int(number) if number.is_integer() else number


def _choice(setting: AppInput, value: Json) -> Json:
    for choice in setting.choices:
        if value == choice.value or (isinstance(value, str) and value in {choice.label, str(choice.value)}):
            return choice.value
    if setting.allow_custom:
        return value
    labels = ", ".join(choice.label for choice in setting.choices)
    raise _refusal(setting, value, words("choices_are", choices=labels))


def _refusal(setting: AppInput, value: Json, reason: str) -> Denied:
    return Denied(words("bad_setting", label=setting.label or setting.name, value=repr(value), reason=reason))
