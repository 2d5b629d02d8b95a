"""Who may talk to the bot, where, and how often: pure rules and one small table of recent counts."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from .errors import Denied
from .inbound import Inbound, Place
from .messages import Speaker
from .recent import Recent
from .words import words


@dataclass(frozen=True, slots=True)
class Rules:
    """Allow- and block-lists by platform id; an empty allow-list allows everyone. Blocks win."""

    allow_users: frozenset[str] = frozenset()
    block_users: frozenset[str] = frozenset()
    allow_teams: frozenset[str] = frozenset()
    block_teams: frozenset[str] = frozenset()
    allow_channels: frozenset[str] = frozenset()
    block_channels: frozenset[str] = frozenset()

    def permits(self, place: Place, speaker: Speaker) -> bool:
        """Whether they may talk there."""
        asked = (
            (speaker.user_id, self.allow_users, self.block_users),
            (place.team, self.allow_teams, self.block_teams),
            (place.channel, self.allow_channels, self.block_channels),
        )
        return all(value not in block and (not allow or value in allow) for value, allow, block in asked)


def rules_of(options: object) -> Rules:
    """The allow- and block-lists of a bridge's table of settings."""
    return Rules(**{name: frozenset(getattr(options, name, ())) for name in Rules.__dataclass_fields__})


@dataclass(frozen=True, slots=True)
class Limits:
    """Turns per person; 0 is no limit."""

    per_minute: int = 0
    per_day: int = 0


class RecentTurns:
    """How many turns each person started in the last minute, over the newest `people` people."""

    def __init__(self, people: int = 10_000) -> None:
        self._starts: Recent[tuple[str, str, str], deque[float]] = Recent(people)

    def check(self, event: Inbound, limits: Limits, now: float) -> None:
        """Count a turn. `Denied`, with the seconds to wait, when the person is over the limit by the minute."""
        if not limits.per_minute:
            return
        key = (event.speaker.platform, event.speaker.team, event.speaker.user_id)
        starts = self._starts.get(key)
        starts = deque() if starts is None else starts
        self._starts.put(key, starts)
        while starts and starts[0] <= now - 60.0:
            starts.popleft()
        if len(starts) >= limits.per_minute:
            wait = max(1, round(starts[0] + 60.0 - now))
            raise Denied(words("too_fast", wait=wait))
        starts.append(now)
