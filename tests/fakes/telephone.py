"""A call in virtual time: the real bridge on a fake transport, a fake core, and engines that a test gives it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from prometheus_client import CollectorRegistry

from fakes.calls import FakeCall, Recogniser
from fakes.clock import VirtualClock, settle
from fakes.core import FakeCore, FakeTurn
from fakes.vads import LevelVad
from fakes.vault import MemoryVault
from trunkline.audio.vad import Vad, VadPool
from trunkline.bridge import Wiring
from trunkline.calls import Calls
from trunkline.clock import SystemClock
from trunkline.inbound import Inbound
from trunkline_bridges.voice.bridge import VoiceBridge
from trunkline_bridges.voice.options import VoiceOptions
from trunkline_bridges.voice.render import render


@dataclass
class Telephone:
    """A call and all around it."""

    clock: VirtualClock
    core: FakeCore
    call: FakeCall
    speech: Recogniser
    bridge: VoiceBridge
    calls: Calls
    holding: asyncio.Task[None]
    running: asyncio.Task[None]
    """The bridge's."""

    async def say(self, words: str, seconds: float = 1.0, name: str = "ann") -> None:
        """Somebody says something, and is silent for as long as ends an utterance."""
        self.speech.words.append(words)
        await self.call.speak(seconds, name)
        await self.call.wait(1.0)

    @property
    def turn(self) -> FakeTurn:
        """The newest turn."""
        return self.core.turns[max(self.core.turns)]

    async def answer(self, text: Any) -> None:
        """The app answers, and all of it is heard."""
        await self.finish(text)
        await self.call.wait(0.1)
        while self.call.state == "speaking":
            await self.call.wait(0.1)

    async def finish(self, reply: Any) -> None:
        """The app answers."""
        ending = asyncio.ensure_future(self.turn.finish(reply))
        await settle(80)
        await ending

    async def hang_up(self) -> None:
        """End the call, and the bridge with it."""
        self.running.cancel()
        self.holding.cancel()
        await asyncio.gather(self.running, self.holding, return_exceptions=True)

    async def asked(self, kind: type, count: int = 1) -> Any:
        """The newest command of a kind, once there are so many: what a thread makes takes time of its own."""
        return (await self.core.news.until(lambda: self.commands(kind)[count - 1 :]))[-1].command

    def commands(self, kind: type) -> list[Inbound]:
        """What the core was asked for, of one kind."""
        return [event for event in self.core.events if isinstance(event.command, kind)]


def wiring(speech: Any, calls: Calls, media: Any = None, **settings: Any) -> Wiring:
    """What the voice bridge is given; without earcons, unless the settings want them."""
    return Wiring(
        name="voice",
        options=VoiceOptions(**{"earcons": False, **settings}),
        app="demo",
        apps=("demo",),
        secret=bytes(32),
        media=media,
        metrics=CollectorRegistry(),
        vault=MemoryVault(),
        mount=cast("Any", None),
        calls=calls,
        speech=speech,
    )


async def ring(
    folder: Path,
    *,
    speech: Any = None,
    transport: Callable[[VirtualClock], FakeCall] = FakeCall,
    call: Callable[[FakeCall], None] = lambda call: None,
    profile: dict[str, Any] | None = None,
    prepare: Callable[[FakeCore], None] = lambda core: None,
    vad: Callable[[], Vad] = LevelVad,
    joined: bool = True,
    **settings: Any,
) -> Telephone:
    """A call that Ann has joined. `settings` are those of the voice bridge."""
    clock, calls = VirtualClock(), Calls()
    speech = speech or Recogniser()
    pool = VadPool(vad)
    if vad is LevelVad:
        # Virtual time does not wait for a thread.
        pool.warm(4)
    bridge = VoiceBridge(wiring(speech, calls, **settings), clock=clock, pool=pool)
    core = FakeCore(bridge, render, folder, cast("SystemClock", clock))
    if profile:
        core.profiles["demo"] = replace(core.profiles["demo"], **profile)
        core.app.change(**profile)
    prepare(core)
    running = asyncio.create_task(bridge.run(core))
    # A VAD is made on a thread first.
    async with asyncio.timeout(10):
        await bridge.taking.wait()
    made = transport(clock)
    call(made)
    holding = asyncio.create_task(calls.hold(made))
    await settle(60)
    if joined:
        await made.join()
    return Telephone(clock, core, made, speech, bridge, calls, holding, running)
