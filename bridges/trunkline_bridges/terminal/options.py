"""The settings of the terminal bridge: the table `[terminal]`. `trunkline chat` gives them on its command line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from trunkline.options import DRAWN, BridgeOptions

Thoughts = Literal["full", "summary", "hidden"]
Colour = Literal["auto", "always", "never"]


class TerminalOptions(BridgeOptions):
    """`[terminal]`: what is sent, and how replies look."""

    messages: Annotated[
        tuple[str, ...], Field(description="Send these one after the other and end; empty: read what is typed.")
    ] = ()
    files: Annotated[tuple[str, ...], Field(description="Files that go with the first message.")] = ()
    set: Annotated[
        Mapping[str, str], Field(description="Values of the app's settings for the conversation, by name.")
    ] = Field(default_factory=dict)
    json_lines: Annotated[bool, Field(description="Write one JSON object a line for every snapshot.")] = False
    conversation: Annotated[
        str, Field(description="Name of a stored conversation; empty: one that is kept nowhere.")
    ] = ""
    save: Annotated[
        str,
        Field(description="Folder for files of replies; empty: one named after the conversation, or a new one."),
    ] = ""
    thoughts: Annotated[
        Thoughts, Field(description="How much is shown of an app's thoughts.", json_schema_extra=DRAWN)
    ] = "summary"
    width: Annotated[int, Field(ge=0, description="Columns used; 0: the terminal's, at most 100.")] = 0
    colour: Annotated[
        Colour, Field(description="auto: as the terminal can, and NO_COLOR wishes.", json_schema_extra=DRAWN)
    ] = "auto"
