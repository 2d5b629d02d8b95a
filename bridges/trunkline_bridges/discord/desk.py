"""What everything that hears from Discord shares: the core, the settings, the way to call back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from trunkline.bridge import Core, Vault
from trunkline.clock import Clock
from trunkline.inbound import Inbound, Place
from trunkline.recent import Recent

from .acting.memory import Memory
from .facts import PLATFORM, Spot, place_of
from .options import DiscordOptions
from .sending.rest import Rest

if TYPE_CHECKING:
    from .speaking.rooms import Rooms

_MOST_ACTIVE: Final = 100_000


@dataclass(slots=True)
class Desk:
    core: Core
    options: DiscordOptions
    default_app: str
    apps: tuple[str, ...]
    """Every app of the settings; `/app` offers those of `offered`."""
    rest: Rest
    clock: Clock
    bot: str = ""
    """The bot's user id, once it is known."""
    application: str = ""
    """Likewise, its application's."""
    readable: bool = True
    """Messages that do not mention the bot can be read."""
    active: Recent[str, bool] = field(default_factory=lambda: Recent(_MOST_ACTIVE))
    """Channels in which something was taken in, in this life or lately: the newest of them."""
    memory: Memory = field(default_factory=Memory)
    vault: Vault | None = None
    """Keeps from when on it listened; without it the first messages of all may be missed by a crash."""
    rooms: Rooms | None = None
    """The calls, where the bot talks in voice channels."""

    def heard_in(self, *channels: str) -> None:
        """Something was taken in there."""
        for channel in channels:
            self.active.put(channel, True)

    @property
    def offered(self) -> tuple[str, ...]:
        """The apps that people may choose among."""
        named = (self.default_app, *self.options.apps, *self.options.channel_apps.values())
        return tuple(dict.fromkeys(name for name in named if name in self.apps))

    def aloud(self, event: Inbound) -> Inbound:
        """The event; what is asked in the chat of a call is answered aloud too."""
        call = self.rooms.call_in(str(event.target.get("guild") or "")) if self.rooms is not None else None
        if call is None or event.target.get("channel") != call.here.spot.channel:
            return event
        language = {"language": call.tuning.language} if call.tuning.language else {}
        return replace(event, target={**event.target, "call": call.name, **language})

    async def place(self, spot: Spot, user: str) -> Place:
        """The place, with the app that is talked to there: chosen by people, else by the settings."""
        options = self.options
        place = place_of(options, spot, user, self.default_app)
        chosen = await self.core.app_of(place) if len(self.offered) > 1 else ""
        app = chosen if chosen in self.offered else ""
        app = app or options.channel_apps.get(spot.channel) or options.channel_apps.get(spot.parent) or ""
        return place_of(options, spot, user, app or self.default_app) if app else place


__all__ = ["PLATFORM", "Desk"]
