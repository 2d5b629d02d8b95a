"""What the tests of hearing share: the bridge's real client on the fake Discord, and a core that takes all in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fakes.clock import VirtualClock
from fakes.core import FakeCore
from fakes.discord.people import Person
from fakes.discord.server import FakeDiscord
from fakes.discord.world import Channel
from fakes.listening import WatchedCore, text_of
from trunkline.bridge import Transcript, Vault
from trunkline.inbound import Inbound, Place
from trunkline_bridges.discord.bridge import DiscordBridge
from trunkline_bridges.discord.desk import Desk
from trunkline_bridges.discord.hearing.client import receive
from trunkline_bridges.discord.options import DiscordOptions
from trunkline_bridges.discord.render import render
from trunkline_bridges.discord.sending.rest import Rest


class Listener(WatchedCore):
    """Replies by a bridge of its own.

    Knobs: `paused`, the places in which it keeps quiet; `unpause_after_reading`, so long only as nobody looked.
    """

    def __init__(self, discord: FakeDiscord, root: Path, clock: VirtualClock) -> None:
        made = DiscordOptions.model_validate({"token": discord.token, "api_url": discord.api})
        super().__init__(None, render, root, clock)  # type: ignore[arg-type]
        self.bridge = DiscordBridge(made, default_app="demo", media=self.media, clock=clock)
        self.unpause_after_reading = False
        self.looked_up: list[str] = []
        """The messages whose turns were asked for."""

    async def turn_of(self, place: Place, message_id: str) -> int:
        self.looked_up.append(message_id)
        return await super().turn_of(place, message_id)

    async def transcript(
        self, place: Place, conversation: int = 0, *, limit: int = 200, before: int = 0
    ) -> Transcript:
        paused = place in self.paused
        if self.unpause_after_reading:
            self.paused.discard(place)
        return Transcript(0, paused=paused)

    async def events_heard(self, count: int) -> list[Inbound]:
        """The events that counted, once there are so many."""
        await self.until(lambda: len(self.counted) >= count)
        return self.counted

    async def end(self) -> None:
        await super().end()
        assert isinstance(self.bridge, DiscordBridge)
        await self.bridge._rest.close()


@dataclass
class Ears:
    discord: FakeDiscord
    core: Listener
    desk: Desk
    clock: VirtualClock
    running: asyncio.Task[None]

    async def hears(self, *texts: str) -> list[Inbound]:
        """The events, once exactly these texts were said; what comes behind the last one is not waited for."""
        await self.core.until(lambda: len(self.core.texts) >= len(texts))
        assert self.core.texts == list(texts)
        return self.core.counted


async def rest_of(ears: Ears, channel: Channel, person: Person) -> list[Inbound]:
    """All that was heard until a last word in a channel, without that word."""
    person.post(channel, f"<@{ears.discord.world.bot.id}> that is all")
    await ears.core.until(lambda: "that is all" in ears.core.texts)
    return [event for event in ears.core.counted if text_of(event) != "that is all"]


def desk_of(
    discord: FakeDiscord, core: FakeCore, clock: VirtualClock, vault: Vault | None = None, **options: Any
) -> Desk:
    addresses = {"api_url": discord.api, "gateway_url": discord.gateway.url, "cdn_url": discord.cdn_url}
    made = DiscordOptions.model_validate({"token": discord.token, **addresses, **options})
    return Desk(core, made, "demo", ("demo", "other"), Rest(made, clock), clock, vault=vault)


@asynccontextmanager
async def listening(
    discord: FakeDiscord, core: Listener, clock: VirtualClock, *, sessions: int = 1, **options: Any
) -> AsyncIterator[Ears]:
    """The bridge's own client hears what happens, with these settings."""
    desk = desk_of(discord, core, clock, **options)
    async with desk.rest:
        running = asyncio.create_task(receive(desk, discord.token))
        try:
            connected = asyncio.create_task(discord.gateway.connected(sessions))
            await asyncio.wait({running, connected}, return_when=asyncio.FIRST_COMPLETED)
            if running.done():
                running.result()
            await connected
            yield Ears(discord, core, desk, clock, running)
        finally:
            running.cancel()
            await asyncio.wait({running})
