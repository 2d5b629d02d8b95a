"""What is remembered for a while, of the newest only; all of it may be lost. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from trunkline.inbound import Place
from trunkline.messages import Json
from trunkline.pressing import Presses
from trunkline.recent import Recent

from ..facts import Written


@dataclass(frozen=True, slots=True)
class Draft:
    """A page of settings that was refused: what was typed and chosen, and the files that were kept, by input."""

    typed: Mapping[str, Json]
    files: Mapping[str, Json]


@dataclass(slots=True)
class Memory:
    presses: Presses = field(default_factory=Presses)
    drafts: Recent[tuple[str, Place, int], Draft] = field(default_factory=lambda: Recent(256))
    """By person, place and page."""
    quoted: Recent[str, Written] = field(default_factory=lambda: Recent(256))
    """Messages that somebody is about to ask about, by their id."""
    commands: dict[str, int] = field(default_factory=dict)
    """The ids of our commands, by name."""
