"""The Discord bridge in the contract suite: real messages in a fake Discord, heard by the unmodified library.

Who comes back reads there what was missed. What is seen is what stands in the fake's channels.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, cast

import discord as library
from discord.gateway import DiscordWebSocket
from pydantic import SecretStr

from contract.harness import ANN, BEN
from contract.served import CHANNELS, PATIENCE, LateShelf, ServedHarness, Wording
from fakes.core import AdjustableClock
from fakes.discord.people import Person, shown_files
from fakes.discord.server import FakeDiscord
from fakes.discord.world import Channel, Message
from fakes.platform import Kind, Seen, Traits
from trunkline.bridge import Answer, Target
from trunkline.errors import Forbidden, PlatformError, TargetGone
from trunkline.inbound import Place
from trunkline.messages import Speaker
from trunkline_bridges.discord import descriptor
from trunkline_bridges.discord.bridge import DiscordBridge
from trunkline_bridges.discord.facts import Member, Spot, place_of, speaker_of, target_of
from trunkline_bridges.discord.ids import Id
from trunkline_bridges.discord.limits import CAPABILITIES, CONTENT
from trunkline_bridges.discord.options import DiscordOptions

_WORDING = Wording(
    asked=re.compile(r"\A-# \*\*Ann\*\* chose: .*\n\n"),
    ending=re.compile(r"\n?-# ⏹ .*$"),
    notice=re.compile(r"^-# ℹ️ (.*)$", re.MULTILINE),
)


class DiscordHarness(ServedHarness[Channel, Person, Message]):
    """The fake platform's core, with a Discord in the platform's place."""

    def __init__(self, folder: Path) -> None:
        self.discord = FakeDiscord()
        super().__init__(folder, descriptor, Traits("discord", CAPABILITIES, limit=CONTENT), self.discord)

    # Lives

    def _serving(self) -> AbstractAsyncContextManager[None]:
        return _served(self.discord)

    def _populate(self) -> None:
        discord = self.discord
        discord.limits.enabled = False
        for name in (ANN, BEN):
            self._people[name] = discord.person(name)
        self._guild = discord.guild("Home", self._people[ANN])
        discord.join(self._people[BEN], self._guild)
        self._channels = {name: discord.channel(self._guild, name) for name in CHANNELS}

    def _options(self) -> DiscordOptions:
        discord = self.discord
        return DiscordOptions(
            token=SecretStr(discord.token),
            channels=tuple(str(channel.id) for channel in self._channels.values()),
            continuation_seconds=0.0,
            fresh_final_seconds=0.0,
            greeting=False,
            api_url=discord.api,
            gateway_url=discord.gateway.url,
            cdn_url=discord.cdn_url,
        )

    def _new_bridge(self) -> DiscordBridge:
        media = cast("Any", LateShelf(self))
        return DiscordBridge(self._options(), default_app="app", media=media, clock=AdjustableClock())

    async def _greeted(self) -> None:
        await self.discord.gateway.connected(seconds=PATIENCE)

    def _hears(self) -> bool:
        return any(one.connected for one in self.discord.gateway.sessions.values())

    # What people do

    def _post(self, person: Person, channel: Channel, text: str, files: list[tuple[str, bytes]]) -> Message:
        return person.post(channel, text, files=files)

    def _name(self, message: Message) -> str:
        return str(message.id)

    async def _repeat(self, message: Message) -> Answer:
        """As after a RESUME."""
        self.discord.events.message("MESSAGE_CREATE", message)
        return await self._answered(str(message.id))

    def _press_in(self, message: Message, op: str, turn: int, index: int) -> str:
        label = _label(message.components, op, turn, index)
        return f"discord:interaction:{self._people[ANN].click(message, label).id}" if label else ""

    def _speaker(self, person: str, channel: str) -> Speaker:
        who = self._people[person]
        return speaker_of(Member(str(who.id), who.user.name))

    def _target(self, person: str, channel: str) -> Target:
        return target_of(self._spot(channel), str(self._people[person].id), self.clock.now())

    def _spot(self, channel: str) -> Spot:
        return Spot(str(self._channels[channel].id), guild=str(self._guild.id))

    def place(self, channel: str) -> Place:
        return place_of(self._options(), self._spot(channel), "", "app")

    def _calls(self, kind: Kind) -> tuple[str, ...]:
        return (kind,)

    def _refusal(self, kind: Kind, error: PlatformError) -> int:
        match error:
            case TargetGone():
                return 404
            case Forbidden():
                return 403
            case _:
                return 503 if error.retryable else 400

    def delete_post(self, post_id: str) -> bool:
        message = self.discord.world.messages[int(post_id.partition("/")[0])]
        self._people[ANN].delete(message)
        return True

    def delete_channel(self, channel: str = "general") -> bool:
        self.discord.remove(self._channels[channel])
        return True

    # What people see

    def _ours(self, channel: str) -> list[Message]:
        history = self.discord.world.history(self._channels[channel].id)
        return [message for message in history if message.author_id == self.discord.world.bot.id]

    def _seen(self, message: Message) -> list[Seen]:
        files = [Seen(f"{message.id}/{name}", "bot", file=name) for name in shown_files(message)]
        controls = tuple(_controls(message.components))
        text = _WORDING.read(message.content)
        return [*([Seen(str(message.id), "bot", text, controls)] if text or controls else []), *files]


def _label(components: Sequence[Any], op: str, turn: int, index: int) -> str:
    """The label of a control that can be pressed, "" where it does not stand."""
    for component in components:
        found = Id.read(str(component.get("custom_id", "")))
        wanted = found is not None and (found.op, found.index) == (op, index) and turn in (0, found.turn)
        if wanted and not component.get("disabled"):
            return str(component.get("label", ""))
        if inner := _label(component.get("components", ()), op, turn, index):
            return inner
    return ""


@asynccontextmanager
async def _served(discord: FakeDiscord) -> AsyncIterator[None]:
    """It listens; what the bridge changed in the library is put back."""
    route, gateway, asset = library.http.Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY, library.asset.Asset.BASE
    try:
        async with discord.served():
            yield
    finally:
        library.http.Route.BASE = route
        DiscordWebSocket.DEFAULT_GATEWAY = gateway
        library.asset.Asset.BASE = asset


def _controls(components: Sequence[Any]) -> list[str]:
    """Options first, as a bridge draws them; then the rest by name."""
    found: list[str] = []
    for component in components:
        found += _controls(component.get("components", ()))
        custom_id, label = str(component.get("custom_id", "")), str(component.get("label", ""))
        if custom_id.startswith("tl:option:"):
            found.append(f"chose {label.removeprefix('✓ ')}" if component.get("disabled") else f"option {label}")
        elif custom_id:
            found.append(label)
    return found
