"""What is remembered for a while; all of it may be lost. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from trunkline.recent import Recent


@dataclass(slots=True)
class Memory:
    rated: Recent[tuple[int, str], str] = field(default_factory=lambda: Recent(4096))
    """How somebody rated a turn."""
    pressed: Recent[int, float] = field(default_factory=lambda: Recent(1024))
    """When a turn was last taken back, answered again or answered by an option."""
    admins: Recent[tuple[str, str], tuple[bool, float]] = field(default_factory=lambda: Recent(1024))
    """Whether somebody administers a workspace, and until when that is believed; by team and person."""
