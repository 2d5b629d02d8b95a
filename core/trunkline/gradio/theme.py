"""What an app's theme says of its looks, in light and in dark: the custom properties of its `/theme.css`. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, TypeAlias

Theme: TypeAlias = "Mapping[str, Mapping[str, str]]"
"""`light` and `dark` to custom property, without its dashes, to value; references are followed."""

_RULE: Final = re.compile(r"([^{}]+)\{([^{}]*)\}")
_VARIABLE: Final = re.compile(r"--([a-z0-9-]+):\s*([^;{}]+);")
_REFERENCE: Final = re.compile(r"var\(\s*--([a-z0-9-]+)\s*(?:,[^()]*)?\)")
_KEPT: Final = frozenset(
    {
        "background-fill-secondary",
        "block-background-fill",
        "body-background-fill",
        "body-text-color",
        "body-text-color-subdued",
        "border-color-primary",
        "button-primary-background-fill",
        "button-primary-text-color",
        "color-accent",
        "font",
        "radius-lg",
    }
)
_LONGEST: Final = 300
_DEEPEST: Final = 10


def parse_theme(css: str) -> Theme:
    """The properties that say how the app's page looks; {} when the text holds none."""
    light: dict[str, str] = {}
    dark: dict[str, str] = {}
    for selector, body in _RULE.findall(css):
        if ":root" in selector or ".dark" in selector:
            found = dark if ".dark" in selector else light
            found.update((name, value.strip()) for name, value in _VARIABLE.findall(body))
    schemes = {"light": _followed(light), "dark": _followed({**light, **dark})}
    return schemes if schemes["light"] else {}


def _followed(variables: Mapping[str, str]) -> dict[str, str]:
    resolved = {name: _resolved(variables[name], variables) for name in sorted(_KEPT & variables.keys())}
    return {name: value for name, value in resolved.items() if value and "var(" not in value}


def _resolved(value: str, variables: Mapping[str, str]) -> str:
    """`value` with what it refers to; "" where that is nothing, goes in circles or grows too long."""
    for _ in range(_DEEPEST):
        if len(value) > _LONGEST:
            return ""
        if "var(" not in value:
            return value
        value = _REFERENCE.sub(lambda found: variables.get(found[1], ""), value)
    return ""
