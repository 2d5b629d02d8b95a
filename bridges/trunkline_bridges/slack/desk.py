"""What everything that hears from Slack shares: the core, the settings, the way to call back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from trunkline.bridge import Core, Target
from trunkline.clock import Clock
from trunkline.inbound import Place

from .facts import Spot, place_of
from .memory import Memory
from .options import SlackOptions
from .sending.api import Api


@dataclass(slots=True)
class Desk:
    core: Core
    options: SlackOptions
    default_app: str
    apps: tuple[str, ...]
    """Every app of the settings; people choose among those of `offered`."""
    api: Api
    clock: Clock
    memory: Memory = field(default_factory=Memory)
    halted: Callable[[Target, str], None] = lambda _target, _ts: None
    """Told of each stream that Slack itself ended."""

    @property
    def offered(self) -> tuple[str, ...]:
        """The apps that people may choose among."""
        options = self.options
        named = (self.default_app, *options.apps, *options.channel_apps.values(), *options.command_apps.values())
        return tuple(dict.fromkeys(name for name in named if name in self.apps))

    async def place(self, spot: Spot, app: str = "") -> Place:
        """The place, with the app that is talked to there: `app`, else chosen by people, else by the settings.

        What was chosen for a channel holds in the threads for which nothing else was.
        """
        place = place_of(self.options, spot, self.default_app)
        chosen = app
        if not chosen and len(self.offered) > 1:
            chosen = await self.core.app_of(place)
            if not chosen and place.thread:
                chosen = await self.core.app_of(replace(place, thread=""))
        named = chosen if chosen in self.offered else self.options.channel_apps.get(spot.channel, "")
        return place_of(self.options, spot, named) if named else place
