"""What is remembered for a while; all of it may be lost. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from trunkline.pressing import Presses
from trunkline.recent import Recent


@dataclass(slots=True)
class Memory:
    presses: Presses = field(default_factory=Presses)
    admins: Recent[tuple[str, str], tuple[bool, float]] = field(default_factory=lambda: Recent(1024))
    """Whether somebody administers a workspace, and until when that is believed; by team and person."""
