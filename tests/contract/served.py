"""What the harnesses of platforms share whose fake is served over TCP and outlives the lives of the core.

The bridge is the real one, connected by the platform's own library. Where a control stands that does what is asked
for, it is pressed; everything else is handed to the router as the bridge would make it. Nothing is limited: the
core's clock jumps, the platform's does not.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar, cast

from pydantic import BaseModel

from contract.harness import ANN, FakeHarness
from contract.living import LivingCore
from fakes.changing import Changing
from fakes.clock import settle
from fakes.lives import MortalBridge
from fakes.platform import Kind, Seen, Traits
from trunkline.access import Limits, Rules
from trunkline.bridge import Answer, Bridge, Capabilities, Core, Descriptor
from trunkline.errors import PlatformError, RateLimited, Unconfirmed
from trunkline.inbound import Choose, Command, Inbound, Rate, Retry, Stop, Undo
from trunkline.messages import Inline, Media
from trunkline.services import Connected
from trunkline.store.records import Overlap

CHANNELS = ("general", "other", "private", "a", "b", "c")
PATIENCE = 20.0
"""Seconds of real time after which what is awaited has not come."""


class Faults(Protocol):
    """The knobs by which a platform's calls fail."""

    def rate_limit(self, kind: str, retry_after: float, times: int = 1) -> object: ...
    def lose(self, kind: str, times: int = 1) -> object: ...
    def drop(self, kind: str, times: int = 1) -> object: ...
    def error(self, kind: str, error: Any, times: int = 1) -> object: ...


class Fake(Protocol):
    """The platform: what stands there, and how its calls fail."""

    @property
    def world(self) -> Changing: ...
    @property
    def faults(self) -> Faults: ...


class Identified(Protocol):
    @property
    def id(self) -> object: ...


ChannelT = TypeVar("ChannelT")
PersonT = TypeVar("PersonT", bound=Identified)
MessageT = TypeVar("MessageT")


class TellingCore(LivingCore):
    """Keeps the answers to what was heard, by message and by event."""

    def __init__(self, harness: FakeHarness, answers: dict[str, asyncio.Queue[Answer]]) -> None:
        super().__init__(harness)
        self._answers = answers

    async def accept(self, event: Inbound) -> Answer:
        answer = await super().accept(event)
        for name in (event.message_id, event.event_key):
            self._answers.setdefault(name, asyncio.Queue()).put_nowait(answer)
        return answer


class LateShelf:
    """The shelf of the life that runs: the bridge is made before it."""

    def __init__(self, harness: FakeHarness) -> None:
        self._harness = harness

    async def read(self, sha256: str) -> bytes:
        return await self._harness.router.media.read(sha256)


class ServedHarness(FakeHarness, ABC, Generic[ChannelT, PersonT, MessageT]):
    """The fake platform's core, with a served fake in the platform's place."""

    keeps_cleared = True

    def __init__(self, folder: Path, descriptor: Descriptor, traits: Traits, fake: Fake) -> None:
        super().__init__(folder, traits)
        self.answers: dict[str, asyncio.Queue[Answer]] = {}
        self._descriptor = descriptor
        self._capabilities = traits.capabilities
        self._fake = fake
        self._bridge: Bridge
        self._running_bridge: asyncio.Task[None] | None = None
        self._stack: contextlib.AsyncExitStack | None = None
        self._channels: dict[str, ChannelT] = {}
        self._people: dict[str, PersonT] = {}
        self._messages: dict[str, MessageT] = {}

    @property
    def capabilities(self) -> Capabilities:
        return self._capabilities

    # What each platform has of its own

    @abstractmethod
    def _serving(self) -> AbstractAsyncContextManager[object]:
        """The fake listens within."""

    @abstractmethod
    def _populate(self) -> None:
        """Make the people and the channels."""

    @abstractmethod
    def _options(self) -> BaseModel: ...

    @abstractmethod
    def _new_bridge(self) -> Bridge: ...

    @abstractmethod
    async def _greeted(self) -> None:
        """Returns once the bridge is connected."""

    @abstractmethod
    def _hears(self) -> bool:
        """Whether the bridge is connected."""

    @abstractmethod
    def _post(self, person: PersonT, channel: ChannelT, text: str, files: list[tuple[str, bytes]]) -> MessageT: ...

    @abstractmethod
    def _name(self, message: MessageT) -> str: ...

    @abstractmethod
    async def _repeat(self, message: MessageT) -> Answer:
        """The platform tells of a message again."""

    @abstractmethod
    def _ours(self, channel: str) -> Sequence[MessageT]:
        """The bot's messages, oldest first."""

    @abstractmethod
    def _seen(self, message: MessageT) -> list[Seen]:
        """What stands in a message: its words and controls, then each of its files."""

    @abstractmethod
    def _press_in(self, message: MessageT, op: str, turn: int, index: int) -> str:
        """The key of the event that Ann's press makes; "" where the control does not stand."""

    @abstractmethod
    def _calls(self, kind: Kind) -> Sequence[str]:
        """How `faults` names the calls of a kind."""

    @abstractmethod
    def _refusal(self, kind: Kind, error: PlatformError) -> int | str:
        """The status or error with which the platform says so."""

    # Lives

    async def start(self, ends_at: int | None = None) -> None:
        if self._stack is None:
            self._stack = contextlib.AsyncExitStack()
            await self._stack.enter_async_context(self._serving())
        if not self._channels:
            self._populate()
        self._bridge = self._new_bridge()
        await super().start(ends_at)
        assert self._running_bridge is not None
        await self._connected(self._running_bridge)

    def _receive(self) -> None:
        core = cast("Core", TellingCore(self, self.answers))
        self._running_bridge = asyncio.create_task(self._bridge.run(core))

    async def stop(self) -> None:
        await super().stop()
        await self._end_bridge()
        if self._stack is not None:
            await self._stack.aclose()
            self._stack = None

    async def kill(self) -> None:
        self.life.end()
        await self._end_bridge()
        await super().kill()

    def reconfigure(
        self, *, overlap: Overlap | None = None, limits: Limits | None = None, rules: Rules | None = None
    ) -> None:
        if rules is not None:
            # The suite names people as the fake platform does.
            ids = {name.lower(): str(person.id) for name, person in self._people.items()}
            rules = replace(rules, block_users=frozenset(ids.get(one, one) for one in rules.block_users))
        super().reconfigure(overlap=overlap, limits=limits, rules=rules)

    async def _connected(self, running: asyncio.Task[None]) -> None:
        connected = asyncio.ensure_future(self._greeted())
        await asyncio.wait((connected, running), return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            connected.cancel()
            running.result()
        await connected

    async def _end_bridge(self) -> None:
        if self._running_bridge is not None:
            self._running_bridge.cancel()
            await asyncio.wait((self._running_bridge,))
            self._running_bridge = None
            await self._fake.world.until(lambda: not self._hears())

    def _connection(self) -> Connected:
        bridge = MortalBridge(self._bridge, self.life)
        return Connected(self._descriptor, bridge, self._options().model_dump(mode="json"))

    def channel(self, name: str) -> ChannelT:
        return self._channels[name]

    def person(self, name: str) -> PersonT:
        return self._people[name]

    # What people do

    async def say(
        self, text: str, *, person: str = ANN, channel: str = "general", media: Sequence[Media] = (), key: str = ""
    ) -> Answer:
        known = self._messages.get(key)
        if known is not None:
            return await self._repeat(known)
        files = [(one.name, one.source.data) for one in media if isinstance(one.source, Inline)]
        message = self._post(self._people[person], self._channels[channel], text, files)
        self._written[text] = self._name(message)
        if key:
            self._messages[key] = message
        return await self._answered(self._name(message))

    async def _answered(self, name: str) -> Answer:
        queue = self.answers.setdefault(name, asyncio.Queue())
        answer = await self._lives(queue.get())
        return answer or Answer("ignored", "nobody acknowledged it")

    async def _press(self, command: Command, channel: str) -> Answer | None:
        control = control_for(command)
        if control is not None:
            for message in reversed(self._ours(channel)):
                if pressed := self._press_in(message, *control):
                    return await self._answered(pressed)
        return None

    def trouble(self, kind: Kind, error: PlatformError, *, after: bool = False, times: int = 1) -> bool:
        faults = self._fake.faults
        for call in self._calls(kind):
            match error:
                case RateLimited():
                    faults.rate_limit(call, error.retry_after, times)
                case Unconfirmed():
                    (faults.lose if after else faults.drop)(call, times)
                case _:
                    faults.error(call, self._refusal(kind, error), times)
        return True

    # What people see

    def posts(self, channel: str = "general") -> list[Seen]:
        return [seen for message in self._ours(channel) for seen in self._seen(message)]

    async def until(self, condition: Callable[[], bool]) -> None:
        await self._fake.world.until(condition, PATIENCE)

    async def _settled(self) -> None:
        await super()._settled()
        await settle()


def control_for(command: Command) -> tuple[str, int, int] | None:
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


@dataclass(frozen=True)
class Wording:
    """How a platform writes what the suite writes in a form of its own; `notice` has the text as its group."""

    asked: re.Pattern[str]
    ending: re.Pattern[str]
    notice: re.Pattern[str]

    def read(self, text: str) -> str:
        """The words in the suite's form; Markdown's signs of escape are not seen."""
        lines = self.asked.sub("", re.sub(r"\\([^\w\s])", r"\1", text))
        if self.ending.search(lines):
            return "\n\n".join(filter(None, (self.ending.sub("", lines), "[stopped]")))
        lines = re.sub(r"^⚠️ (.*)$", r"[failed] \1", lines, flags=re.MULTILINE)
        return self.notice.sub(r"(\1)", lines)
