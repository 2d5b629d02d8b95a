"""What the contract suite needs of a bridge, and the first bridge that has it: the fake platform's.

Everything is told from outside: people act on a platform and look at it. See README.md for joining a bridge.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeVar

from fakes.backend import ScriptedBackend
from fakes.clock import VirtualClock
from fakes.lives import Killed, Life, MortalBridge, MortalStore
from fakes.platform import FakeBridge, FakePlatform, Seen, Traits, descriptor, render
from fakes.platform import Kind as Kind
from trunkline.access import Limits, Rules
from trunkline.apps import Apps
from trunkline.bridge import Answer, Capabilities, Target
from trunkline.errors import PlatformError
from trunkline.inbound import Command, Inbound, Place, Say
from trunkline.media import MediaStore
from trunkline.messages import Media, Message, Part, Speaker, Text
from trunkline.router import Router, RouterSettings
from trunkline.services import Connected, Services, TurnSettings
from trunkline.store import Store, history, places, turns
from trunkline.store.records import Overlap, TurnRecord
from trunkline.telemetry import Metrics

T = TypeVar("T")

ANN = "Ann"
BEN = "Ben"


class Harness(Protocol):
    """A core with one bridge, over a store on disk, and a platform that outlives both."""

    backend: ScriptedBackend
    limit: int
    """Characters in one post."""
    keeps_cleared: bool
    """What was said stays in sight after Clear; else the platform shows an empty conversation."""

    @property
    def capabilities(self) -> Capabilities: ...

    def reconfigure(
        self, *, overlap: Overlap | None = None, limits: Limits | None = None, rules: Rules | None = None
    ) -> None:
        """Change settings of the router; takes effect at once."""
        ...

    async def start(self) -> None:
        """Begin a life: open the store, resume what was left, receive what was not acknowledged."""
        ...

    async def stop(self) -> None:
        """End the life in order."""
        ...

    async def kill(self) -> None:
        """End the life at once: nothing further reaches the store or the platform."""
        ...

    async def say(
        self, text: str, *, person: str = ANN, channel: str = "general", media: Sequence[Media] = (), key: str = ""
    ) -> Answer:
        """A person writes a message; the same `key` again is the platform's repetition of that event."""
        ...

    async def do(
        self,
        command: Command,
        *,
        person: str = ANN,
        channel: str = "general",
        conversation: int = 0,
        key: str = "",
    ) -> Answer:
        """A person asks for something else, by whatever means the platform has for it."""
        ...

    def trouble(self, kind: Kind, error: PlatformError, *, after: bool = False, times: int = 1) -> bool:
        """Let the next calls of a kind fail, `after` their effect or before it; False where that cannot happen."""
        ...

    def delete_post(self, post_id: str) -> bool:
        """A person deletes a post of the bot's; False where nobody can."""
        ...

    def delete_channel(self, channel: str = "general") -> bool:
        """A person deletes a channel; False where nobody can."""
        ...

    def message_id(self, text: str) -> str:
        """The platform's id of the newest message that a person wrote with that text."""
        ...

    def posts(self, channel: str = "general") -> list[Seen]:
        """What the bot's posts show, in the order in which they stand."""
        ...

    async def until(self, condition: Callable[[], bool]) -> None:
        """Returns once the condition, of what can be seen, holds."""
        ...

    async def settled(self) -> None:
        """Returns once nothing is at work."""
        ...

    async def history(self, channel: str = "general", conversation: int = 0) -> tuple[Message, ...]:
        """The stored history of the channel's current conversation."""
        ...

    async def turns(self, channel: str = "general") -> list[TurnRecord]:
        """The stored turns of the channel's current conversation that still count, oldest first."""
        ...


def set_overlap(harness: Harness, overlap: Overlap) -> None:
    """What a message does that comes while a reply runs; takes effect at once."""
    harness.reconfigure(overlap=overlap)


async def _empty_store() -> Path:
    """A store with its tables, made once: making it costs more than most tests."""
    global _template
    if _template is None:
        _template = tempfile.TemporaryDirectory()
        await (await Store.open(Path(_template.name, "empty.db"))).close()
    return Path(_template.name, "empty.db")


_template: tempfile.TemporaryDirectory[str] | None = None


class FakeHarness:
    """The fake platform's harness. `platform` gives the tests of faults more to hold."""

    keeps_cleared = True

    def __init__(self, folder: Path, traits: Traits, backend: ScriptedBackend | None = None) -> None:
        self.backend = backend or ScriptedBackend()
        self.clock = VirtualClock(free=True)
        self.platform = FakePlatform(traits, self.clock.now)
        self.limit = traits.limit
        self.settings = TurnSettings(limit_s=30.0, stop_grace_s=0.05)
        self.process = "main"
        """The name of the process among those that share the store."""
        self.without_bridge = False
        """Lives that begin now run another bridge than this platform's."""
        self._overlap: Overlap = "queue"
        self._limits = Limits()
        self._services: Services
        self._rules = Rules()
        self.life = Life()
        self.store: Store
        self.router: Router
        self.metrics: Metrics
        self._folder = folder
        self._runs = itertools.count(1)
        self._keys = itertools.count(1)
        self._unacknowledged: list[Inbound] = []
        self._written: dict[str, str] = {}
        self._running = False

    @property
    def capabilities(self) -> Capabilities:
        return self.platform.traits.capabilities

    async def start(self, ends_at: int | None = None) -> None:
        self.life = Life(ends_at)
        file = self._folder / "store.db"
        if not file.exists():
            shutil.copy(await _empty_store(), file)
        store = await MortalStore.open(file)
        assert isinstance(store, MortalStore)
        store.life = self.life
        self.store = store
        self.metrics = Metrics()
        services = Services(
            store=store,
            shelf=MediaStore(self._folder / "media", store, self.clock),
            apps=Apps({"app": self.backend, "other": self.backend}),
            clock=self.clock,
            settings=self.settings,
            metrics=self.metrics,
            owner=f"{self.process}/{os.getpid()}-{next(self._runs)}",
        )
        self._services = services
        self._route()
        self._running = True
        self._receive()
        await self._lives(self.router.resume())
        for event in tuple(self._unacknowledged):
            await self._deliver(event)

    def reconfigure(
        self, *, overlap: Overlap | None = None, limits: Limits | None = None, rules: Rules | None = None
    ) -> None:
        self._overlap = overlap or self._overlap
        self._limits = limits or self._limits
        self._rules = rules or self._rules
        self._route()

    def _receive(self) -> None:
        """Begin to receive, as a service does before it takes up what was left."""

    def _route(self) -> None:
        """A router of the settings that hold now, over the services of this life."""
        self.router = Router(self._services, RouterSettings(self.settings, self._overlap, self._limits))
        self.router.connect(self._connection(), self._rules)

    def _connection(self) -> Connected:
        """The platform's bridge, used by this life."""
        bridge = MortalBridge(FakeBridge(self.platform, "other" if self.without_bridge else "fake"), self.life)
        options = {"limit": self.limit, "append": self.capabilities.append}
        return Connected(descriptor(bridge, render), bridge, options)

    async def stop(self) -> None:
        if self._running:
            self._running = False
            await self.router.close(5.0)
            await self.store.close()

    async def kill(self) -> None:
        self.life.end()
        self._running = False
        with contextlib.suppress(Killed):
            await self.router.close(0.0)
        await self.store.close()

    async def say(
        self, text: str, *, person: str = ANN, channel: str = "general", media: Sequence[Media] = (), key: str = ""
    ) -> Answer:
        message_id = "" if key in self._written else self.platform.say(channel, person, text)
        if message_id:
            self._written[text] = message_id
        parts: tuple[Part, ...] = (*((Text(text),) if text else ()), *media)
        event = self._event(Say(parts), person, channel, key or f"fake:{channel}:{message_id}", message_id)
        if key:
            self._written[key] = message_id
        return await self._deliver(event)

    async def do(
        self,
        command: Command,
        *,
        person: str = ANN,
        channel: str = "general",
        conversation: int = 0,
        key: str = "",
    ) -> Answer:
        if person == ANN and not (key or conversation):
            pressed = await self._press(command, channel)
            if pressed is not None:
                return pressed
        key = key or f"fake:interaction:{next(self._keys)}"
        return await self._deliver(self._event(command, person, channel, key, "", conversation))

    async def _press(self, command: Command, channel: str) -> Answer | None:
        """The answer to Ann's press on the control that does it; None where there is none to press."""
        return None

    def trouble(self, kind: Kind, error: PlatformError, *, after: bool = False, times: int = 1) -> bool:
        self.platform.fail(kind, error, after=after, times=times)
        return True

    def delete_post(self, post_id: str) -> bool:
        self.platform.remove(post_id)
        return True

    def delete_channel(self, channel: str = "general") -> bool:
        self.platform.gone.add(channel)
        return True

    def message_id(self, text: str) -> str:
        return self._written[text]

    def posts(self, channel: str = "general") -> list[Seen]:
        return self.platform.seen(channel)

    async def until(self, condition: Callable[[], bool]) -> None:
        await self.platform.until(condition)

    async def settled(self) -> None:
        await asyncio.wait_for(self._settled(), 20)

    async def history(self, channel: str = "general", conversation: int = 0) -> tuple[Message, ...]:
        number = conversation or await self.conversation(channel)
        stored = await self.store.read(history.history, number)
        return tuple(entry.message for entry in stored)

    async def turns(self, channel: str = "general") -> list[TurnRecord]:
        return await self.store.read(turns.turns_from, await self.conversation(channel), 0)

    async def unfinished(self) -> list[TurnRecord]:
        """The channel's turns, over or not, by what a person sees of them."""
        seen = await self.router.transcript(self.place("general"))
        found = [await self.store.read(turns.turn, view.id) for view in seen.turns]
        return [turn for turn in found if turn is not None and turn.finished is None]

    async def conversation(self, channel: str = "general") -> int:
        known = await self.store.read(places.place_of, self.place(channel))
        return 0 if known is None else known.conversation

    def place(self, channel: str) -> Place:
        return Place("fake", "app", "team", channel)

    async def _settled(self) -> None:
        idle = asyncio.ensure_future(self.router.idle())
        dead = asyncio.ensure_future(self.life.ended.wait())
        await asyncio.wait((idle, dead), return_when=asyncio.FIRST_COMPLETED)
        idle.cancel()
        dead.cancel()

    def event(self, command: Command, key: str = "fake:one") -> Inbound:
        """The event as the bridge's `parse` would make it."""
        return self._event(command, ANN, "general", key, "")

    def _event(
        self, command: Command, person: str, channel: str, key: str, message_id: str, conversation: int = 0
    ) -> Inbound:
        return Inbound(
            event_key=key,
            place=self.place(channel),
            speaker=self._speaker(person, channel),
            command=command,
            at=self.clock.now(),
            message_id=message_id,
            conversation=conversation,
            target=self._target(person, channel),
        )

    def _speaker(self, person: str, channel: str) -> Speaker:
        return Speaker("fake", person.lower(), person, "team")

    def _target(self, person: str, channel: str) -> Target:
        return {"channel": channel}

    async def _deliver(self, event: Inbound) -> Answer:
        """Hand an event over; the platform does so again in the next life if this one did not acknowledge it."""
        if event not in self._unacknowledged:
            self._unacknowledged.append(event)
        answer = await self._lives(self.router.accept(event))
        if answer is None:
            return Answer("ignored", "nobody acknowledged it")
        self._unacknowledged.remove(event)
        return answer

    async def in_life(self, life: Life, work: Coroutine[Any, Any, T]) -> T | None:
        """What `work` gives; None when the life it belongs to ends before it is done."""
        assert life is self.life, "a bridge outlived its life"
        return await self._lives(work)

    async def _lives(self, work: Coroutine[Any, Any, T]) -> T | None:
        """What `work` gives; None when the life ends before it is done."""
        task = asyncio.ensure_future(work)
        dead = asyncio.ensure_future(self.life.ended.wait())
        await asyncio.wait((task, dead), return_when=asyncio.FIRST_COMPLETED)
        dead.cancel()
        if task.done() and not (self.life.ended.is_set() and isinstance(task.exception(), Killed)):
            return task.result()
        task.cancel()
        await asyncio.wait((task,))
        return None
