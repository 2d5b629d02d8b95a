"""A server on the fake Discord, and the real service with the Discord bridge in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from fakes.discord import components
from fakes.discord.people import Person, text_of
from fakes.discord.server import FakeDiscord
from fakes.discord.world import Channel, Guild, Message
from fakes.gradio_apps import call
from trunkline.app import Service, open_service
from trunkline.bridge import Descriptor
from trunkline.settings import settings_type
from trunkline_bridges.discord import descriptor as discord_descriptor
from trunkline_bridges.web import descriptor as web_descriptor

PATIENCE = 20.0


class Enter(Protocol):
    """Starts an app of `tests/apps` and a service for it; `options` are those of `[discord]`.

    With `everywhere` each message of the channel is meant for the bot; `other` is a second app, by that name.
    """

    async def __call__(self, app: str, *, everywhere: bool = False, other: str = "", **options: Any) -> Room: ...


class Room:
    """One server with a channel and its owner, Ada, as she sees it. `app` is the address of the app."""

    def __init__(self, discord: FakeDiscord) -> None:
        self.app = ""
        self.discord = discord
        self.service: Service
        self.restart: Callable[[], Awaitable[None]]
        self.ada: Person = discord.person("ada")
        self.guild: Guild = discord.guild("Home", self.ada)
        self.general: Channel = discord.channel(self.guild, "general")

    @property
    def bot(self) -> str:
        return f"<@{self.discord.world.bot.id}>"

    def asks(self, text: str, *, channel: Channel | None = None, **more: Any) -> Message:
        """Ada mentions the bot, or writes to it where she need not."""
        where = channel or self.general
        return self.ada.post(where, text if where is self.ada.dm else f"{self.bot} {text}", **more)

    def ours(self, channel: Channel | None = None) -> list[Message]:
        """What the bot posted and Ada sees, the oldest first."""
        where = channel or self.general
        return [one for one in self.ada.sees(where) if one.author_id == self.discord.world.bot.id]

    def offered(self, message: Message, text: str) -> str:
        """The value in a message's selects whose label has that text."""
        options = [one for each in components.walk(message.components) for one in each.get("options", ())]
        return next(str(one["value"]) for one in options if text in one["label"])

    def only_field(self, modal: dict[str, Any]) -> str:
        """The custom_id of the one field of a form."""
        (field,) = [each for each in components.walk(modal["components"]) if "custom_id" in each]
        return str(field["custom_id"])

    async def choose_app(self, name: str) -> None:
        await self.ada.slash(self.general, "app", name=name).response_type()

    async def liked(self, count: int) -> None:
        """Returns once the app, one that has `likes`, was told so often."""
        while len(await call(self.app, "likes")) < count:
            await asyncio.wait_for(self.service.router.idle(), PATIENCE)

    async def until(self, holds: Callable[[], Any], seconds: float = PATIENCE) -> Any:
        """What `holds` gives as soon as that is something."""
        return await self.discord.world.until(holds, seconds)

    async def shows(self, text: str, channel: Channel | None = None) -> Message:
        """The newest post of ours with that text, once there is one."""
        found: Message = await self.until(
            lambda: next((one for one in reversed(self.ours(channel)) if text in text_of(one)), None)
        )
        return found

    async def answered(self, text: str, channel: Channel | None = None) -> Message:
        """The newest post of ours with that text, once the reply has ended."""
        found: Message = await self.until(
            lambda: next(
                (
                    one
                    for one in reversed(self.ours(channel))
                    if text in text_of(one) and "Stop" not in labels(one) and labels(one)
                ),
                None,
            )
        )
        return found


def labels(message: Message) -> list[str]:
    """The words on its buttons and selects."""
    return [
        str(each.get("label") or each.get("placeholder"))
        for each in components.walk(message.components)
        if "custom_id" in each
    ]


def read(message: Message) -> str:
    return text_of(message)


def tables(discord: FakeDiscord, app_url: str, folder: Path, **options: Any) -> dict[str, Any]:
    """Settings of a service for the fake; `options` are further ones of `[discord]`."""
    return {
        "apps": {"default": {"url": app_url}},
        "store": {"url": str(folder / "trunkline.db")},
        "turns": {"drain_s": 0},
        "discord": {
            "token": discord.token,
            "api_url": discord.api,
            "gateway_url": discord.gateway.url,
            "cdn_url": discord.cdn_url,
            **options,
        },
    }


@asynccontextmanager
async def bridged(discord: FakeDiscord, given: dict[str, Any], *beside: Descriptor) -> AsyncIterator[Service]:
    """The service with its Discord bridge, connected, and other bridges beside it."""
    before = discord.gateway.sent(2)
    settings = settings_type([discord_descriptor, web_descriptor, *beside])(**given)
    async with open_service(settings, process="e2e") as service:
        for descriptor in (discord_descriptor, *beside):
            await service.wire(descriptor)
        running = asyncio.create_task(service.run())
        ready = asyncio.create_task(
            discord.world.until(lambda: len(discord.gateway.sent(2)) > len(before) or None, PATIENCE)
        )
        try:
            await asyncio.wait((running, ready), return_when=asyncio.FIRST_COMPLETED)
            assert not running.done(), running.exception()
            await discord.gateway.connected()
            yield service
        finally:
            ready.cancel()
            running.cancel()
            await asyncio.gather(running, ready, return_exceptions=True)
