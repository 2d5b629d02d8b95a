"""The app's colours as the widget's: custom properties that hold a value for light and one for dark. Pure.

What could not be read is never sent: pairs of text and ground that stand too close to each other (WCAG 2.2, 1.4.3)
are drawn apart, and a scheme whose ground is not light, or not dark, keeps the widget's own.
"""

from __future__ import annotations

import colorsys
import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from trunkline.messages import Json

LEGIBLE: Final = 4.5
_HEX: Final = re.compile(r"#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})\b")
_FUNCTION: Final = re.compile(r"(rgb|hsl)a?\(([^()]+)\)")
_NUMBER: Final = re.compile(r"-?[\d.]+%?")
_NAMED: Final = {"white": "#ffffff", "black": "#000000", "gray": "#808080", "grey": "#808080", "silver": "#c0c0c0"}
_RADIUS: Final = re.compile(r"(\d{1,2}(?:\.\d+)?)px")
_FONT: Final = re.compile(r"[\w\s,'\"-]{1,200}")
_MOST_RADIUS: Final = 24.0
_STEP: Final = 0.04
_SCHEMES: Final = ("light", "dark")
_OWN_GROUNDS: Final = {"light": ("#ffffff", "#f4f4f7"), "dark": ("#16171d", "#22242d")}


class Colour(NamedTuple):
    """Red, green and blue from 0 to 1."""

    red: float
    green: float
    blue: float

    @property
    def hex(self) -> str:
        return "#" + "".join(f"{round(part * 255):02x}" for part in self)

    @property
    def luminance(self) -> float:
        """Relative, as WCAG defines it."""
        red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in self)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    def towards(self, other: Colour, share: float) -> Colour:
        return Colour(*(a + (b - a) * share for a, b in zip(self, other, strict=True)))


WHITE: Final = Colour(1, 1, 1)
BLACK: Final = Colour(0, 0, 0)


def contrast(a: Colour, b: Colour) -> float:
    """From 1 to 21."""
    lighter, darker = sorted((a.luminance, b.luminance), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def colour(value: str) -> Colour | None:
    """The first colour in a CSS value, a gradient's too; None where there is none that is solid."""
    text = value.strip().lower()
    found = min(filter(None, (_HEX.search(text), _FUNCTION.search(text))), key=lambda m: m.start(), default=None)
    if found is None:
        return _from_hex(_NAMED[text][1:]) if text in _NAMED else None
    return _from_hex(found[1]) if found.re is _HEX else _from_function(found[1], found[2])


def widget_theme(theme: Mapping[str, Json]) -> dict[str, Json]:
    """`--trunkline-…` properties from the app's theme as the profile holds it: `{"light": {…}, "dark": {…}}`."""
    schemes = {scheme: _texts(theme.get(scheme)) for scheme in _SCHEMES}
    if not schemes["light"]:
        return {}
    drawn = {scheme: _scheme(scheme, values) for scheme, values in schemes.items()}
    names = [name for name in drawn["light"] if name in drawn["dark"]]
    properties: dict[str, Json] = {
        f"--trunkline-{name}": f"light-dark({drawn['light'][name].hex}, {drawn['dark'][name].hex})"
        for name in names
    }
    return {**properties, **_shape(schemes["light"])}


def _shape(values: Mapping[str, str]) -> dict[str, Json]:
    shape: dict[str, Json] = {}
    radius = _RADIUS.fullmatch(values.get("radius-lg", ""))
    if radius is not None:
        shape["--trunkline-radius"] = f"{min(float(radius[1]), _MOST_RADIUS):g}px"
    if _FONT.fullmatch(values.get("font", "")):
        shape["--trunkline-font"] = values["font"]
    return shape


def _scheme(scheme: str, values: Mapping[str, str]) -> dict[str, Colour]:
    grounds = _grounds(scheme, values)
    own = tuple(found for value in _OWN_GROUNDS[scheme] if (found := colour(value)) is not None)
    drawn = {**grounds, **_accent(scheme, values, tuple(grounds.values()) or own)}
    if grounds:
        drawn |= _inks(scheme, values, tuple(grounds.values()))
    return drawn


def _grounds(scheme: str, values: Mapping[str, str]) -> dict[str, Colour]:
    """Surface and what is raised from it; none when they are not what the scheme is called."""
    surface = colour(values.get("body-background-fill", ""))
    if surface is None:
        return {}
    raised = next(
        (
            found
            for name in ("background-fill-secondary", "block-background-fill")
            if (found := colour(values.get(name, ""))) is not None and found != surface
        ),
        _from_hex(surface.towards(_ink(scheme), 0.05).hex[1:]),
    )
    ink, grounds = _ink(scheme), (surface, raised)
    is_named_right = all((ground.luminance > 0.5) == (scheme == "light") for ground in grounds)
    fits = is_named_right and all(contrast(ink, ground) >= LEGIBLE for ground in grounds)
    return {"surface": surface, "raised": raised} if fits else {}


def _inks(scheme: str, values: Mapping[str, str], grounds: tuple[Colour, ...]) -> dict[str, Colour]:
    text = apart(colour(values.get("body-text-color", "")) or _ink(scheme), _ink(scheme), grounds)
    muted = apart(colour(values.get("body-text-color-subdued", "")) or text, _ink(scheme), grounds)
    line = colour(values.get("border-color-primary", "")) or grounds[0].towards(_ink(scheme), 0.12)
    return {"text": text, "muted": muted, "line": line}


def _accent(scheme: str, values: Mapping[str, str], grounds: tuple[Colour, ...]) -> dict[str, Colour]:
    """The accent, the writing on it, and the accent as writing."""
    fill = colour(values.get("button-primary-background-fill", "")) or colour(values.get("color-accent", ""))
    if fill is None:
        return {}
    on_it = colour(values.get("button-primary-text-color", "")) or WHITE
    if contrast(fill, on_it) < LEGIBLE:
        # A light colour takes dark writing, any other is darkened for white.
        on_it = WHITE if fill.luminance < 0.35 else Colour(0.07, 0.07, 0.09)
        fill = apart(fill, BLACK if on_it is WHITE else WHITE, (on_it,))
    return {"accent": fill, "on-accent": on_it, "link": apart(fill, _ink(scheme), grounds)}


def apart(ink: Colour, towards: Colour, grounds: tuple[Colour, ...]) -> Colour:
    """`ink`, drawn towards another colour until it can be read on all the grounds."""
    share = 0.0
    found = ink
    while share < 1 and any(contrast(found, ground) < LEGIBLE for ground in grounds):
        share += _STEP
        # Rounded, as it is sent.
        found = _from_hex(ink.towards(towards, min(share, 1)).hex[1:])
    return found


def _ink(scheme: str) -> Colour:
    return BLACK if scheme == "light" else WHITE


def _texts(values: Json) -> dict[str, str]:
    if not isinstance(values, Mapping):
        return {}
    return {name: value for name, value in values.items() if isinstance(value, str)}


def _from_hex(digits: str) -> Colour:
    if len(digits) < 6:
        digits = "".join(digit * 2 for digit in digits)
    return Colour(*(int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)))


def _from_function(kind: str, arguments: str) -> Colour | None:
    numbers = _NUMBER.findall(arguments)
    if len(numbers) < 3 or (len(numbers) > 3 and _part(numbers[3], 1) < 1):
        return None
    if kind == "rgb":
        return Colour(*(_part(number, 255) for number in numbers[:3]))
    hue, saturation, lightness = (
        float(numbers[0].rstrip("%")) % 360 / 360,
        _part(numbers[1], 100),
        _part(numbers[2], 100),
    )
    return Colour(*colorsys.hls_to_rgb(hue, lightness, saturation))


def _part(number: str, whole: float) -> float:
    value = float(number[:-1]) / 100 if number.endswith("%") else float(number) / whole
    return min(max(value, 0.0), 1.0)
