"""What people press and command in the fake Discord, heard by discord.py and done by a core without an app."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

import discord as library

from fakes.clock import VirtualClock, settle
from fakes.core import AdjustableClock, FakeCore
from fakes.discord.bots import bot_on
from fakes.discord.interactions import Interaction
from fakes.discord.people import Person, text_of
from fakes.discord.server import FakeDiscord
from fakes.discord.world import Channel, Message
from trunkline.backend import Example
from trunkline.bridge import Answer
from trunkline.inbound import Inbound
from trunkline_bridges.discord.acting.commands import install
from trunkline_bridges.discord.acting.controls import on_interaction
from trunkline_bridges.discord.acting.memory import Memory
from trunkline_bridges.discord.bridge import DiscordBridge
from trunkline_bridges.discord.desk import Desk
from trunkline_bridges.discord.facts import Spot
from trunkline_bridges.discord.options import DiscordOptions
from trunkline_bridges.discord.render import render
from trunkline_bridges.discord.sending.rest import Rest


class Bot(library.Client):
    """A client with the commands and controls, and nothing else."""

    def __init__(self, desk: Desk) -> None:
        super().__init__(intents=library.Intents.default(), guild_ready_timeout=0.05)
        self._desk = desk

    async def setup_hook(self) -> None:
        await install(self, self._desk)

    async def on_interaction(self, interaction: library.Interaction[Any]) -> None:
        await on_interaction(interaction, self._desk)


@dataclass
class Stage:
    discord: FakeDiscord
    core: FakeCore
    desk: Desk
    clock: VirtualClock
    """Of Discord and of the bot; the core's replies are delivered in real time."""

    def sees(self, person: Person, channel: Channel) -> str:
        """The newest message that a person sees, as text."""
        return text_of(person.sees(channel)[-1])

    async def told(self, person: Person, act: Interaction) -> Message:
        """The first message that an interaction is answered with, once it says something; only they see it."""
        await act.response_type()
        found = await self.discord.world.until(lambda: _answered(act))
        assert found is not None
        assert found.only_for == person.id
        return found

    async def post(self, body: dict[str, Any], channel: Channel) -> Message:
        """A message of the bot's own, such as one that an earlier process left."""
        made = await self.desk.rest.call("POST", f"/channels/{channel.id}/messages", json=body)
        return self.discord.world.messages[int(made["id"])]

    async def until(self, look: Callable[[], object]) -> None:
        """Returns as soon as it is so."""
        async with asyncio.timeout(10):
            while not look():
                await settle(1)

    def event(self) -> Inbound:
        """What the core heard last."""
        return self.core.events[-1]

    def forget(self) -> None:
        """All that is only remembered is gone, as after a restart."""
        self.desk.memory = Memory()


SetStage: TypeAlias = Callable[..., AbstractAsyncContextManager[Stage]]


async def answered(stage: Stage, act: Interaction) -> Message:
    """The first message that answers an interaction, once it says something and whoever sees it."""
    await act.response_type()

    def look() -> Message | None:
        found = _answered(act)
        return found if found is not None and found.id in stage.discord.world.messages else None

    found = await stage.discord.world.until(look)
    assert found is not None
    return found


def _answered(act: Interaction) -> Message | None:
    messages = [act.original, *act.follow_ups]
    return next((one for one in messages if one is not None and one is not act.message and not one.loading), None)


def slow(stage: Stage) -> asyncio.Event:
    """Whatever the core is asked for waits for this."""
    released, accept = asyncio.Event(), stage.core.accept

    async def waiting(event: Inbound) -> Answer:
        await released.wait()
        return await accept(event)

    stage.core.accept = waiting  # type: ignore[method-assign]
    return released


async def talked(stage: Stage, who: Person, channel: Channel) -> int:
    """A question by command that was answered; its turn."""
    before = max(stage.core.turns, default=0)
    await who.slash(channel, "ask", message="hello").response_type()
    await stage.until(lambda: max(stage.core.turns, default=0) > before)
    turn = await stage.core.begun()
    await turn.finish("Hello!")
    return turn.id


def with_examples(stage: Stage, count: int) -> None:
    examples = tuple(Example(text=f"example {n}") for n in range(count))
    stage.core.profiles["demo"] = replace(stage.core.profiles["demo"], examples=examples)


def spot_in(channel: Channel) -> Spot:
    guild = str(channel.guild_id or "")
    parent = str(channel.parent_id or "") if channel.is_thread else ""
    return Spot(channel=str(channel.id), parent=parent, guild=guild, private=not guild)


def desk_on(
    discord: FakeDiscord, core: FakeCore, clock: VirtualClock, known: tuple[str, ...] = ("demo",), **options: Any
) -> Desk:
    """What hears from the fake Discord with these settings."""
    made = DiscordOptions.model_validate({"token": discord.token, "api_url": discord.api, **options})
    bot = str(discord.world.bot.id)
    return Desk(core, made, "demo", known, Rest(made, clock), clock, bot=bot, application=bot)


def core_on(discord: FakeDiscord, root: Path, clock: VirtualClock) -> FakeCore:
    """A core whose replies stand in the fake Discord."""
    made = DiscordOptions.model_validate({"token": discord.token, "api_url": discord.api})
    core = FakeCore(None, render, root, AdjustableClock())  # type: ignore[arg-type]
    core.bridge = DiscordBridge(made, default_app="demo", media=core.media, clock=clock)
    return core


@asynccontextmanager
async def staged(desk: Desk, discord: FakeDiscord, core: FakeCore, clock: VirtualClock) -> AsyncIterator[Stage]:
    """The bot is connected and has its commands."""
    async with desk.rest, bot_on(discord, Bot(desk)):
        yield Stage(discord, core, desk, clock)
        await settle()
        for turn in core.turns.values():
            turn.die()
        bridge = core.bridge
        assert isinstance(bridge, DiscordBridge)
        await bridge._rest.close()
