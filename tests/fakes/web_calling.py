"""A page that calls: what it says and hears over its WebSocket, frame by frame."""

from __future__ import annotations

import asyncio
import struct
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fakes.core import AdjustableClock
from fakes.web_client import WebClient

HEADER = struct.Struct("<BBBBIII")
INPUT, OUTPUT = 16_000, 24_000


class PatientClock(AdjustableClock):
    """Who sleeps on it wakes when a test lets them."""

    def __init__(self) -> None:
        super().__init__()
        self.sleepers: list[tuple[float, asyncio.Future[None]]] = []

    async def sleep(self, seconds: float) -> None:
        waiting = asyncio.get_running_loop().create_future()
        self.sleepers.append((seconds, waiting))
        await waiting

    def wake(self, seconds: float) -> None:
        for asked, waiting in self.sleepers:
            if asked == seconds and not waiting.done():
                waiting.set_result(None)


def frames(tab: WebClient, kind: str) -> list[dict[str, Any]]:
    return [frame for frame in tab.frames if frame["type"] == kind]


def state(tab: WebClient) -> str:
    """What the call does, as the page was told last."""
    told = frames(tab, "call")
    return str(told[-1]["state"]) if told else ""


async def start(tab: WebClient, **members: Any) -> int:
    """Begin a call; its number."""
    ack = await tab.ask("call.start", **{"codec": "pcm_s16le", "input_rate": INPUT, **members})
    assert ack["outcome"] == "done", ack
    await tab.until(lambda: bool(frames(tab, "call")))
    return int(frames(tab, "call")[-1]["call"])


def spoken(call: int, samples: NDArray[np.int16], position: int = 0, **header: int) -> bytes:
    """A frame of what a microphone heard, in samples of `INPUT`."""
    head = {"version": 1, "kind": 1, "codec": 0, "flags": 0, **header}
    return HEADER.pack(*head.values(), call, 0, position) + samples.astype("<i2").tobytes()


def ramp(count: int) -> NDArray[np.int16]:
    return np.arange(count, dtype=np.int16)


def heard(tab: WebClient) -> dict[int, list[int]]:
    """The samples that came, by track."""
    tracks: dict[int, list[int]] = {}
    for data in tab.sounds:
        version, kind, codec, _, _, track, position = HEADER.unpack_from(data)
        assert (version, kind, codec) == (1, 2, 0)
        samples = tracks.setdefault(track, [])
        assert position == len(samples), "nothing is missing, nothing comes twice"
        samples.extend(np.frombuffer(data, "<i2", offset=HEADER.size).tolist())
    return tracks


async def tell_played(tab: WebClient, call: int, track: int, samples: int, *, done: bool = False) -> None:
    await tab.give(
        {
            "type": "call.played",
            "call": call,
            "track": track,
            "position_ms": samples * 1000 // OUTPUT,
            "samples": samples,
            "done": done,
        }
    )


async def read(tab: WebClient) -> None:
    """Returns once the server has read all that the tab gave."""
    before = len(frames(tab, "pong"))
    await tab.give({"type": "ping", "t": 0})
    await tab.until(lambda: len(frames(tab, "pong")) > before)
