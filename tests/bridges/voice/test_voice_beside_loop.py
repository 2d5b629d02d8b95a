"""What takes long in a call is done beside the event loop: every other call is heard and played meanwhile."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Awaitable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from fakes.calls import LOUD
from fakes.changing import Changing
from fakes.core import FolderShelf
from fakes.telephone import ring
from fakes.tones import encoded
from fakes.vads import LevelVad
from trunkline.audio.codecs import wav
from trunkline.audio.pcm import SAMPLE_RATE
from trunkline.audio.speech import RATE, AppTextToSpeech
from trunkline.inbound import Heard
from trunkline_bridges.voice.recording import joined, keep

MINUTE = np.full(60 * SAMPLE_RATE, 1_000, np.int16)


async def turns_of_the_loop(work: Awaitable[Any]) -> int:
    """How often something else got its turn while `work` was under way."""
    task = asyncio.ensure_future(work)
    count = 0
    while not task.done():
        await asyncio.sleep(0)
        count += 1
    await task
    return count


async def test_detectors_are_made_on_a_thread(tmp_path: Path) -> None:
    makers: list[threading.Thread] = []
    loop, news = asyncio.get_running_loop(), Changing()

    class Made(LevelVad):
        def __init__(self) -> None:
            super().__init__()
            makers.append(threading.current_thread())
            loop.call_soon_threadsafe(news.changed)

    phone = await ring(tmp_path, vad=Made)
    for name in ("ben", "cleo"):
        await phone.call.join(name)
    for name in ("ann", "ben", "cleo"):
        await phone.call.hear(np.full(320, LOUD, np.float32), name=name)
    await news.until(lambda: len(makers) == 3)
    await phone.hang_up()
    assert threading.main_thread() not in makers


async def test_recordings_become_one_on_a_thread(tmp_path: Path) -> None:
    shelf = FolderShelf(tmp_path)
    halves = [await keep(shelf, wav(MINUTE, SAMPLE_RATE), "speech.wav") for _ in range(2)]
    assert await turns_of_the_loop(joined(shelf, halves, "speech.wav")) > 10


async def test_the_file_of_a_reply_is_made_on_a_thread(tmp_path: Path) -> None:
    class Counting(ThreadPoolExecutor):
        given = 0

        def submit(self, *work: Any, **named: Any) -> Any:
            self.given += 1
            return super().submit(*work, **named)

    phone = await ring(tmp_path, record=True)
    await phone.say("What is new?")
    workers = Counting()
    asyncio.get_running_loop().set_default_executor(workers)
    await phone.answer("Nothing.")
    heard = await phone.asked(Heard)
    await phone.hang_up()
    assert heard.recording is not None
    assert workers.given


async def test_others_get_their_turn_while_a_reply_is_decoded() -> None:
    """What another app speaks comes as one file; at a low rate a few kilobytes of it last for long."""

    class Whole:
        async def speak(self, text: str, voice: str, language: str, speed: float) -> AsyncGenerator[bytes, None]:
            yield encoded(20.0, "webm", "libopus")

        async def close(self) -> None: ...

    longest, since = 0, 0
    spinning = asyncio.create_task(_spin(turns := [0]))
    seen = 0
    async for _, pcm in AppTextToSpeech(Whole()).speak("One."):
        since = since + len(pcm) if turns[0] == seen else len(pcm)
        seen, longest = turns[0], max(longest, since)
    spinning.cancel()
    assert longest < 2 * RATE, "more than two seconds were decoded at once"


async def _spin(turns: list[int]) -> None:
    while True:
        turns[0] += 1
        await asyncio.sleep(0)
