"""Calls on the real core and store: spoken and written turns share one history, which holds what was heard."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from contract.harness import FakeHarness
from fakes.backend import reply, said
from fakes.calls import FakeCall, Recogniser
from fakes.clock import VirtualClock, settle
from fakes.platform import TRAITS
from fakes.telephone import wiring
from fakes.vads import LevelVad
from trunkline.audio.vad import VadPool
from trunkline.backend import SendOption
from trunkline.calls import Calls
from trunkline.messages import Message
from trunkline.services import Connected
from trunkline_bridges.voice import descriptor
from trunkline_bridges.voice.bridge import VoiceBridge


class Line:
    """A call held on the harness's core. Its time goes on when people speak and wait."""

    def __init__(self, folder: Path) -> None:
        self.harness = FakeHarness(folder, TRAITS[0])
        self.speech = Recogniser()
        self.call = FakeCall(VirtualClock(), app="app", team="team")
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self, **settings: Any) -> None:
        await self.harness.start()
        calls = Calls()
        given = wiring(self.speech, calls, self.harness._services.shelf, **settings)
        bridge = VoiceBridge(given, clock=self.call.clock, pool=VadPool(LevelVad))
        self.harness.router.connect(Connected(descriptor, bridge, given.options.model_dump(mode="json")))
        self.harness.platform.companions["voice"] = (("voice", {"call": self.call.name}),)
        self._tasks.append(asyncio.create_task(bridge.run(self.harness.router)))
        async with asyncio.timeout(10):
            await bridge.taking.wait()
        self._tasks.append(asyncio.create_task(calls.hold(self.call)))
        await settle(200)
        await self.call.join()
        await self.rest()

    async def say(self, words: str, seconds: float = 1.0) -> None:
        asked = len(self.harness.backend.requests)
        await self.utter(words, seconds)
        await self.harness.until(lambda: len(self.harness.backend.requests) > asked)
        await self.rest()

    async def utter(self, words: str, seconds: float = 1.0) -> None:
        self.speech.words.append(words)
        await self.call.speak(seconds)
        await self.call.wait(1.0)

    async def rest(self) -> None:
        """Returns once the core has nothing more to do, unless an app keeps it waiting."""
        for _ in range(10):
            await settle(50)
            await self.harness.settled()

    async def hear(self) -> None:
        """Hear the reply to its end."""
        await self.rest()
        await self.call.wait(0.1)
        while self.call.state == "speaking":
            await self.call.wait(0.1)
        await self.rest()

    async def history(self) -> list[tuple[str, str]]:
        return [(message.role, message.text) for message in await self.messages()]

    async def messages(self) -> tuple[Message, ...]:
        return await self.harness.history("voice")

    async def close(self) -> None:
        for task in reversed(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.harness.stop()


@pytest.fixture
async def line(tmp_path: Path) -> AsyncIterator[Line]:
    made = Line(tmp_path)
    yield made
    await made.close()


async def test_spoken_and_written_turns_share_one_history(line: Line) -> None:
    await line.open()
    line.harness.backend.script = lambda request, number: [f"You said {said(request)}."]
    await line.harness.say("hello", channel="voice")
    await line.hear()
    await line.say("Good morning")
    await line.hear()
    assert await line.history() == [
        ("user", "hello"),
        ("assistant", "You said hello."),
        ("user", "Good morning"),
        ("assistant", "You said Good morning."),
    ]
    assert [text for text, _ in line.speech.spoken] == ["You said hello.", "You said Good morning."]
    assert [seen.text for seen in line.harness.posts("voice")][-1] == "You said Good morning."


async def test_the_app_is_told_what_was_heard_of_the_reply_that_was_interrupted(line: Line) -> None:
    await line.open(record=True)
    line.harness.backend.script = lambda request, number: [reply("One two three. Four five six.")]
    await line.say("Count.")
    await line.call.wait(0.3)
    await line.say("And what else?")
    history = await line.history()
    assert history[:2] == [("user", "Count."), ("assistant", "One two three. Four five …")]
    told = line.harness.backend.requests[-1]
    assert said(told) == "And what else?"
    assert [message.text for message in told.history] == ["Count.", "One two three. Four five …"]
    first, second = (await line.messages())[:2]
    assert [media.recording for media in (*first.media, *second.media)] == [True, True]


async def test_a_question_in_two_pieces_is_one_message(line: Line) -> None:
    await line.open()
    gate = asyncio.Event()
    line.harness.backend.script = lambda request, number: ["Hm", gate, f"To {said(request)}"]
    await line.utter("What is the weather?")
    await line.harness.until(lambda: len(line.harness.backend.requests) == 1)
    line.harness.backend.script = lambda request, number: [reply(f"To {said(request)}")]
    await line.say("In Rome.")
    await line.hear()
    assert await line.history() == [
        ("user", "What is the weather? In Rome."),
        ("assistant", "To What is the weather? In Rome."),
    ]
    assert line.call.state == "listening"


async def test_an_option_is_chosen_by_its_number(line: Line) -> None:
    await line.open()
    line.harness.backend.script = lambda request, number: [reply("Which?", options=("tea", "coffee"))]
    await line.say("A drink.")
    await line.hear()
    await line.say("Number two.")
    chosen = line.harness.backend.requests[-1].input
    assert isinstance(chosen, SendOption)
    assert chosen.value == "coffee"


async def test_a_stopped_call_leaves_no_turn_running(line: Line) -> None:
    await line.open()
    gate = asyncio.Event()
    line.harness.backend.script = lambda request, number: ["One. Two", gate]
    await line.utter("Count.")
    await line.harness.until(lambda: len(line.harness.backend.requests) == 1)
    await settle(100)
    await line.call.press("stop")
    await line.rest()
    (turn,) = await line.harness.turns("voice")
    assert turn.status == "stopped"
    assert line.call.state == "stopped"
