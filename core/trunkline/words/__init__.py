"""The one catalogue of interface strings: what the router and the bridges say to people.

Not here stand: the texts of an app; the widget's own labels (`widget/src/strings.ts`); what only stands on our
pages (`web/pages/`); what a program is told that breaks the browser protocol ("The first frame must be hello.");
and what an error of the command line, of settings, of an app, of media or of a database says: that stands where it
is raised.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .discord import DISCORD
from .general import GENERAL
from .slack import SLACK
from .terminal import TERMINAL
from .voice import VOICE
from .web import WEB

ENGLISH: Final[Mapping[str, str]] = {**GENERAL, **WEB, **TERMINAL, **DISCORD, **SLACK, **VOICE}


def words(key: str, /, **values: object) -> str:
    """The words of `key` with `values` put in. `KeyError` for a key that the catalogue lacks."""
    template = ENGLISH[key]
    return template.format(**values) if values else template
