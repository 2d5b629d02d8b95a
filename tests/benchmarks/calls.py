"""How soon a call answers, how soon it falls silent, and what a speaker in it costs.

Virtual time stands still while our own work is measured by the clock on the wall: no network, no app, no platform.
Replies are real mp3 and AAC, sentences are spoken by espeak-ng, people are heard by Silero.
"""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.endpointing import talk
from fakes import telephone
from fakes.backend import reply
from fakes.calls import FakeCall, Recogniser
from fakes.clock import VirtualClock
from fakes.core import text_reply
from fakes.telephone import Telephone
from fakes.tones import encoded
from trunkline.audio.codecs import StreamDecoder
from trunkline.audio.engines.espeak import Espeak
from trunkline.audio.speech import Engines
from trunkline.audio.vad import silero
from trunkline.backend import Accepts
from trunkline.calls import Sound
from trunkline.messages import AppFile, Media

ROUNDS = 15
SECONDS = 30
PACKET = 960
"""Samples of 48 kHz in 20 ms: what Discord sends."""
STREAMED = {
    "aac": ("adts", "aac"),
    "mp3": ("mp3", "mp3"),
    "mpegts": ("mpegts", "aac"),
    "webm": ("webm", "libopus"),
}
"""What apps stream, by container and codec."""
FIRST_S = 0.25
"""Of sound in the first piece of a stream."""
HEARS = {"accepts": Accepts(files=True, file_types=("audio",))}


class Watched(FakeCall):
    """Knows when it was first given something to play, and when it was told to stop."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__(clock)
        self.first = asyncio.Event()
        self.silenced = asyncio.Event()
        self.first_at = self.silenced_at = 0.0

    async def play(self, pcm: NDArray[np.int16]) -> None:
        if not self.first.is_set():
            self.first_at = time.perf_counter()
            self.first.set()
        await super().play(pcm)

    async def stop_playing(self) -> None:
        self.silenced_at = time.perf_counter()
        self.silenced.set()
        await super().stop_playing()


async def asked(folder: Path, **wanted: Any) -> tuple[Telephone, Watched]:
    """A call in which the app thinks."""
    phone = await telephone.ring(folder, transport=Watched, **wanted)
    await phone.say("What is new?", seconds=3.0)
    assert isinstance(phone.call, Watched)
    return phone, phone.call


async def own_sound(folder: Path, sound: bytes) -> float:
    """ms from the first bytes of a reply's sound to its first samples at the transport."""
    phone, call = await asked(folder, profile=HEARS)
    # What a segment of a live reply holds comes at once; the rest never does.
    phone.core.app.sounds["/live"] = [sound, asyncio.Event()]
    began = time.perf_counter()
    phone.turn.show(reply(Media("audio", AppFile("/live", live=True)), state="running"))
    await call.first.wait()
    await phone.hang_up()
    return (call.first_at - began) * 1_000


async def sentence(folder: Path) -> float:
    """ms from the reply's first sentence to its first samples at the transport, spoken by espeak-ng."""
    engines = Engines(from_text=Espeak())

    class Voice(Recogniser):
        def speak(self, text: str, tuning: Any) -> Any:
            return engines.speak(text, tuning)

    phone, call = await asked(folder, speech=Voice())
    began = time.perf_counter()
    phone.turn.show(text_reply("It is sunny today, and warm for the season. And", running=True))
    await call.first.wait()
    await phone.hang_up()
    return (call.first_at - began) * 1_000


async def barge_in(folder: Path) -> float:
    """ms from the packet that completes 250 ms of speech to the order to stop."""
    phone, call = await asked(folder)
    await phone.finish("One two three four five six seven eight nine ten.")
    await phone.call.wait(0.1)
    began = 0.0
    while not call.silenced.is_set():
        await phone.clock.advance(0.02)
        began = time.perf_counter()
        await call.hear(np.full((PACKET, 2), 30_000, np.int16), 48_000)
    await phone.hang_up()
    return (call.silenced_at - began) * 1_000


async def cost(folder: Path) -> float:
    """Per cent of a core for one who speaks without end, above a call in which nobody does."""
    said = talk(SECONDS)
    chunks = [said[start : start + PACKET] for start in range(0, len(said), PACKET)]
    return (await _spent(folder, chunks) - await _spent(folder, [None] * len(chunks))) / SECONDS * 100


async def _spent(folder: Path, chunks: Sequence[NDArray[np.int16] | None]) -> float:
    """CPU seconds for packets that come every 20 ms, or do not."""
    phone = await telephone.ring(folder, vad=silero, cap_s=300)
    before = time.process_time()
    for chunk in chunks:
        if chunk is not None:
            phone.call._events.put_nowait(Sound("ann", (48_000, chunk), 0.0))
        await phone.clock.advance(0.02)
    spent = time.process_time() - before
    await phone.hang_up()
    return spent


def needed(sound: bytes) -> int:
    """Bytes of a stream that must have come before something of it can be heard."""
    decoder, came = StreamDecoder(PACKET * 50, 1), 0
    while not decoder.feed(sound[came : came + 64]):
        came += 64
    decoder.close()
    return came + 64


def spread(values: list[float]) -> dict[str, float]:
    return {"p50": round(statistics.median(values), 1), "worst": round(max(values), 1)}


async def measure() -> dict[str, Any]:
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind, (container, codec) in STREAMED.items():
            times = [await own_sound(folder, encoded(FIRST_S, container, codec)) for _ in range(ROUNDS)]
            results[f"voice.first_audio_ms.{kind}"] = spread(times)
            results[f"voice.first_audio_bytes.{kind}"] = needed(encoded(2.0, container, codec))
        results["voice.first_sentence_ms"] = spread([await sentence(folder) for _ in range(ROUNDS)])
        results["voice.barge_in_ms"] = spread([await barge_in(folder) for _ in range(ROUNDS)])
        results["voice.call_cpu_percent"] = round(statistics.median([await cost(folder) for _ in range(3)]), 2)
    return results
