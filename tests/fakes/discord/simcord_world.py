"""A server in SimCord with two people, and the bridge in it."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import discord as library
import simcord
from PIL import Image

from fakes.core import FakeTurn
from fakes.discord.simulated import Simulation, simulation
from trunkline.backend import AppProfile
from trunkline.bridge import View
from trunkline.inbound import (
    Command,
)
from trunkline.messages import (
    Media,
    MediaKind,
    Message,
    Option,
    Part,
    Reply,
)
from trunkline.words import words


@dataclass
class World:
    sim: Simulation
    env: Any
    guild: Any
    channel: Any
    ada: Any
    bob: Any

    async def ask(self, text: str = "hello", who: Any = None) -> FakeTurn:
        before = max(self.sim.core.turns, default=0)
        await (who or self.ada).send(self.channel, f"<@{self.sim.me}> {text}")
        await self.sim.until(lambda: max(self.sim.core.turns, default=0) > before)
        return await self.sim.core.begun()

    async def answered(self, *parts: Part, options: Sequence[Option] = (), **more: Any) -> FakeTurn:
        turn = await self.ask()
        await turn.finish(reply(*parts, options=options, **more))
        return turn

    def posts(self) -> list[library.Message]:
        """Those of the bot, the oldest first."""
        return [one for one in self.channel.history() if one.author.id == self.sim.me]

    def last(self) -> library.Message:
        return self.posts()[-1]

    def offer(self) -> library.Message:
        """The newest of the bot's posts that has controls."""
        return next(one for one in reversed(self.posts()) if self.stored(one))

    def stored(self, message: Any) -> list[dict[str, Any]]:
        """The components of a message as SimCord holds them."""
        return list(self.env.backend.get_message(self.channel.id, message.id).components)

    async def held(self, data: bytes, name: str, mime: str, kind: MediaKind, **more: Any) -> Media:
        blob = await self.sim.core.media.put(data, mime=mime, name=name, limit=10**8)
        return Media(kind, blob, name, mime, **more)

    def profile(self, **more: Any) -> AppProfile:
        profiles = self.sim.core.profiles
        profiles["demo"] = replace(profiles["demo"], **more)
        return profiles["demo"]

    def view(self, turn: FakeTurn, **more: Any) -> View:
        options = self.sim.desk.options.model_dump(mode="json")
        return View(
            self.sim.core.profiles["demo"], turn.id, turn.event.target, options=options, words=words, **more
        )

    def heard(self) -> Command:
        """What the core was asked for last."""
        return self.sim.core.events[-1].command

    def taken(self) -> bool:
        """SimCord took everything, and nothing went wrong on its way."""
        return not self.sim.front.refused and not self.env.errors


def reply(*parts: Part, options: Sequence[Option] = (), **more: Any) -> Reply:
    said = (Message("assistant", parts, options=tuple(options)),) if parts or options else ()
    return Reply(said, **{"state": "final"} | more)


def choices(count: int) -> tuple[Option, ...]:
    return tuple(Option(f"value {n}", f"Option {n} " + "x" * 200) for n in range(count))


def picture(size: int = 8) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (size, size), (200, 30, size)).save(made, "PNG")
    return made.getvalue()


@asynccontextmanager
async def simcord_world(folder: Path) -> AsyncIterator[World]:
    async with simulation(folder) as sim:
        # Not `simcord.run`: fixtures are torn down in another context than they were set up in.
        env = simcord.Env(sim.bot)
        await env.start()
        guild = env.create_guild("Home")
        channel = guild.create_text_channel("general")
        ada, bob = (guild.add_member(env.create_user(name)) for name in ("ada", "bob"))
        yield World(sim, env, guild, channel, ada, bob)
        await env.shutdown()
