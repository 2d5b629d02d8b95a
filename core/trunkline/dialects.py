"""How an app's texts are read, and what of them every platform needs as plain words. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from . import formulas, markup
from .backend import AppProfile
from .markup import Inline
from .markup_rules import Delimiter

_DOMAIN: Final = re.compile(r"(?:\w[\w-]*\.)+[a-z]{2,}(?:[/:?#]\S*)?", re.IGNORECASE)
_HALF_FENCE: Final = re.compile(r"(?:\A|\n)[ >]*[`~]{1,2}\Z")
_DEFINITION: Final = re.compile(
    r"^ {0,3}(?:\[[^\]\n]+\]:|<(?:script|pre|style|textarea|!|\?))", re.MULTILINE | re.I
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How an app's texts are read."""

    math: tuple[Delimiter, ...] = ()
    line_breaks: bool = True
    markdown: bool = True


MARKDOWN: Final = Dialect()


def dialect_of(profile: AppProfile) -> Dialect:
    return Dialect(profile.latex_delimiters, profile.line_breaks, profile.render_markdown)


def without_half_fence(text: str) -> str:
    """A text that grows without the first marks of a fence at its end."""
    return _HALF_FENCE.sub("", text)


def reaches_back(text: str) -> bool:
    """Something in the text may change how what stands far before it is read."""
    return _DEFINITION.search(text) is not None


def is_address(label: str, url: str) -> bool:
    """A link's label reads as an address itself, maybe another one."""
    if "://" in label or label.startswith("www."):
        return True
    return bool(_DOMAIN.fullmatch(label)) and not urlsplit(url).path.endswith(label)


def cell_text(cell: Sequence[Inline]) -> str:
    """A table's cell where marks are not read."""
    parts: list[str] = []
    for node in cell:
        match node:
            case markup.MathInline(tex):
                parts.append(formulas.readable(tex).replace("\n", "; "))
            case markup.Break():
                parts.append(" ")
            case _:
                parts.append(markup.inline_text((node,)))
    return "".join(parts)
