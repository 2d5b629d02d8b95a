"""The Discord bridge in the contract suite: real messages in a fake Discord, heard by the unmodified library.

The fake outlives the lives of the core; who comes back reads there what was missed. Where a control stands that
does what is asked for, it is pressed; everything else is handed to the router as the bridge would make it. What is
seen is what stands in the fake's channels. Nothing is limited: the core's clock jumps, Discord's does not.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import discord as library
from discord.gateway import DiscordWebSocket
from pydantic import SecretStr

from contract.harness import ANN, BEN, FakeHarness
from contract.web import LivingCore
from fakes.clock import settle
from fakes.core import AdjustableClock
from fakes.discord.people import Person, shown_files
from fakes.discord.server import FakeDiscord
from fakes.discord.world import Channel, Message
from fakes.lives import MortalBridge
from fakes.platform import Kind, Seen, Traits
from trunkline.access import Limits, Rules
from trunkline.bridge import Answer, Capabilities, Core
from trunkline.errors import Forbidden, PlatformError, RateLimited, TargetGone, Unconfirmed
from trunkline.inbound import Choose, Command, Inbound, Place, Rate, Retry, Stop, Undo
from trunkline.messages import Inline, Media
from trunkline.router import Router, RouterSettings
from trunkline.services import Connected
from trunkline.store.records import Overlap
from trunkline_bridges.discord import descriptor
from trunkline_bridges.discord.bridge import DiscordBridge
from trunkline_bridges.discord.facts import Member, Spot, place_of, speaker_of, target_of
from trunkline_bridges.discord.ids import read_id
from trunkline_bridges.discord.limits import CAPABILITIES, CONTENT
from trunkline_bridges.discord.options import DiscordOptions

CHANNELS = ("general", "other", "private", "a", "b", "c")
_PATIENCE = 20.0
_ASKED = re.compile(r"\A-# \*\*Ann\*\* chose: .*\n\n")
_ENDING = re.compile(r"\n?-# ⏹ .*$")


class TellingCore(LivingCore):
    """Keeps the answers to what was heard, by message."""

    def __init__(self, harness: DiscordHarness) -> None:
        super().__init__(cast("Any", harness))
        self._answers = harness.answers

    async def accept(self, event: Inbound) -> Answer:
        answer = await super().accept(event)
        for name in (event.message_id, event.event_key):
            self._answers.setdefault(name, asyncio.Queue()).put_nowait(answer)
        return answer


class DiscordHarness(FakeHarness):
    """The fake platform's core, with a Discord in the platform's place."""

    keeps_cleared = True

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, Traits("discord", CAPABILITIES, limit=CONTENT))
        self.discord = FakeDiscord()
        self.answers: dict[str, asyncio.Queue[Answer]] = {}
        self._bridge: DiscordBridge
        self._running_bridge: asyncio.Task[None] | None = None
        self._stack = contextlib.AsyncExitStack()
        self._channels: dict[str, Channel] = {}
        self._people: dict[str, Person] = {}
        self._messages: dict[str, Message] = {}

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    # Lives

    async def start(self, ends_at: int | None = None) -> None:
        if not self._channels:
            self._populate()
        if self._running_bridge is None and not self.discord.api:
            await self._stack.enter_async_context(_served(self.discord))
        self._bridge = DiscordBridge(
            self._options(), default_app="app", media=cast("Any", LateShelf(self)), clock=AdjustableClock()
        )
        await super().start(ends_at)
        self._running_bridge = asyncio.create_task(self._bridge.run(cast("Core", TellingCore(self))))
        await self._connected()

    async def stop(self) -> None:
        await super().stop()
        await self._end_bridge()
        await self._stack.aclose()
        self.discord.api = ""

    async def kill(self) -> None:
        self.life.end()
        await self._end_bridge()
        await super().kill()

    async def in_life(self, life: object, work: Any) -> Any:
        """What `work` gives; None when the life it belongs to ends before it is done."""
        assert life is self.life, "a bridge outlived its life"
        return await self._lives(work)

    def reconfigure(
        self, *, overlap: Overlap | None = None, limits: Limits | None = None, rules: Rules | None = None
    ) -> None:
        if rules is not None:
            # The suite names people as the fake platform does.
            ids = {name.lower(): str(person.id) for name, person in self._people.items()}
            rules = replace(rules, block_users=frozenset(ids.get(one, one) for one in rules.block_users))
        super().reconfigure(overlap=overlap, limits=limits, rules=rules)

    async def _connected(self) -> None:
        connected = asyncio.ensure_future(self.discord.gateway.connected(seconds=_PATIENCE))
        assert self._running_bridge is not None
        await asyncio.wait((connected, self._running_bridge), return_when=asyncio.FIRST_COMPLETED)
        if self._running_bridge.done():
            connected.cancel()
            self._running_bridge.result()
        await connected

    async def _end_bridge(self) -> None:
        if self._running_bridge is not None:
            self._running_bridge.cancel()
            await asyncio.wait((self._running_bridge,))
            self._running_bridge = None
            sessions = self.discord.gateway.sessions
            await self.discord.world.until(lambda: not any(one.connected for one in sessions.values()))

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

    def _route(self) -> None:
        self.router = Router(self._services, RouterSettings(self.settings, self._overlap, self._limits))
        bridge = MortalBridge(self._bridge, self.life)
        options = self._options().model_dump(mode="json")
        self.router.connect(Connected(descriptor, bridge, options), self._rules)

    def channel(self, name: str) -> Channel:
        return self._channels[name]

    def person(self, name: str) -> Person:
        return self._people[name]

    # What people do

    async def say(
        self, text: str, *, person: str = ANN, channel: str = "general", media: Sequence[Media] = (), key: str = ""
    ) -> Answer:
        known = self._messages.get(key)
        if known is None:
            files = [(one.name, one.source.data) for one in media if isinstance(one.source, Inline)]
            message = self._people[person].post(self._channels[channel], text, files=files)
            self._written[text] = str(message.id)
            if key:
                self._messages[key] = message
        else:
            # The platform's own repetition of an event, as after a RESUME.
            message = known
            self.discord.events.message("MESSAGE_CREATE", message)
        return await self._answered(str(message.id))

    async def _answered(self, message_id: str) -> Answer:
        queue = self.answers.setdefault(message_id, asyncio.Queue())
        answer = await self._lives(queue.get())
        return answer or Answer("ignored", "nobody acknowledged it")

    async def do(
        self,
        command: Command,
        *,
        person: str = ANN,
        channel: str = "general",
        conversation: int = 0,
        key: str = "",
    ) -> Answer:
        control = _control_for(command)
        if control and person == ANN and not (key or conversation):
            for message in reversed(self.discord.world.history(self._channels[channel].id)):
                label = _label(message.components, *control)
                if label:
                    pressed = self._people[ANN].click(message, label)
                    return await self._answered(f"discord:interaction:{pressed.id}")
        key = key or f"discord:handed over:{next(self._keys)}"
        return await self._deliver(self._event(command, person, channel, key, "", conversation))

    def _event(
        self, command: Command, person: str, channel: str, key: str, message_id: str, conversation: int = 0
    ) -> Inbound:
        who = self._people[person]
        return Inbound(
            event_key=key,
            place=self.place(channel),
            speaker=speaker_of(Member(str(who.id), who.user.name)),
            command=command,
            at=self.clock.now(),
            message_id=message_id,
            conversation=conversation,
            target=target_of(self._spot(channel), str(who.id), self.clock.now()),
        )

    def _spot(self, channel: str) -> Spot:
        return Spot(str(self._channels[channel].id), guild=str(self._guild.id))

    def place(self, channel: str) -> Place:
        return place_of(self._options(), self._spot(channel), "", "app")

    def trouble(self, kind: Kind, error: PlatformError, *, after: bool = False, times: int = 1) -> bool:
        faults = self.discord.faults
        match error:
            case RateLimited():
                faults.rate_limit(kind, error.retry_after, times)
            case Unconfirmed():
                (faults.lose if after else faults.drop)(kind, times)
            case TargetGone():
                faults.error(kind, 404, times)
            case Forbidden():
                faults.error(kind, 403, times)
            case _:
                faults.error(kind, 503 if error.retryable else 400, times)
        return True

    def delete_post(self, post_id: str) -> bool:
        message = self.discord.world.messages[int(post_id.partition("/")[0])]
        self._people[ANN].delete(message)
        return True

    def delete_channel(self, channel: str = "general") -> bool:
        self.discord.remove(self._channels[channel])
        return True

    # What people see

    def posts(self, channel: str = "general") -> list[Seen]:
        history = self.discord.world.history(self._channels[channel].id)
        ours = [message for message in history if message.author_id == self.discord.world.bot.id]
        return [seen for message in ours for seen in _seen(message)]

    async def until(self, condition: Callable[[], bool]) -> None:
        await self.discord.world.until(condition, _PATIENCE)

    async def _settled(self) -> None:
        await super()._settled()
        await settle()


def _control_for(command: Command) -> tuple[str, int, int] | None:
    """Which control does it: op, turn (0: the newest's) and index; None where there is none."""
    match command:
        case Stop(turn):
            return "stop", turn, 0
        case Retry(turn):
            return "retry", turn, 0
        case Undo():
            return "undo", 0, 0
        case Choose(index, turn):
            return "option", turn, index
        case Rate(("Like" | "Dislike") as value, turn):
            return "rate", turn, ("Like", "Dislike").index(value)
        case _:
            return None


def _label(components: Sequence[Any], op: str, turn: int, index: int) -> str:
    """The label of a control that can be pressed, "" where it does not stand."""
    for component in components:
        found = read_id(str(component.get("custom_id", "")))
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


class LateShelf:
    """The shelf of the life that runs: the bridge is made before it."""

    def __init__(self, harness: DiscordHarness) -> None:
        self._harness = harness

    async def read(self, sha256: str) -> bytes:
        return await self._harness.router.media.read(sha256)


def _seen(message: Message) -> list[Seen]:
    """What stands in a message: its words and controls, then each of its files."""
    files = [Seen(f"{message.id}/{name}", "bot", file=name) for name in shown_files(message)]
    controls = tuple(_controls(message.components))
    text = _words(message.content)
    return [*([Seen(str(message.id), "bot", text, controls)] if text or controls else []), *files]


def _words(content: str) -> str:
    """The words in the suite's form; Markdown's signs of escape are not seen."""
    lines = _ASKED.sub("", re.sub(r"\\([^\w\s])", r"\1", content))
    if _ENDING.search(lines):
        return "\n\n".join(filter(None, (_ENDING.sub("", lines), "[stopped]")))
    lines = re.sub(r"^⚠️ (.*)$", r"[failed] \1", lines, flags=re.MULTILINE)
    return re.sub(r"^-# ℹ️ (.*)$", r"(\1)", lines, flags=re.MULTILINE)


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
