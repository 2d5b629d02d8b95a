"""What a bot sent into a call, as the people there got it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from fakes.discord.voice import sound
from fakes.discord.voice.rtp import SILENCE
from fakes.discord.voice.sound import Pcm
from fakes.discord.world import World


@dataclass(frozen=True)
class Arrival:
    """One packet. `at` is when the kernel took it in, in seconds of the machine's real time (`time.time`)."""

    at: float
    sequence: int
    timestamp: int
    ssrc: int
    opus: bytes
    sealed: bool
    """It came end-to-end encrypted."""

    @property
    def silent(self) -> bool:
        return self.opus == SILENCE


class Heard:
    """The packets of a bot in a channel, of all its sessions, in the order in which they came."""

    def __init__(self, world: World) -> None:
        self.packets: list[Arrival] = []
        self.speaking: list[tuple[float, int]] = []
        """(when, flags) of each opcode 5 that it sent."""
        self._world = world

    @property
    def loud(self) -> list[Arrival]:
        """The packets that are not silence frames."""
        return [packet for packet in self.packets if not packet.silent]

    @property
    def opus(self) -> list[bytes]:
        """The frames of `loud`."""
        return [packet.opus for packet in self.loud]

    def pcm(self) -> Pcm:
        """All that was heard, int16 of 48 kHz, shape (n, 2); pauses are left out."""
        frames = [packet.opus for packet in self.packets]
        return sound.decode(frames) if frames else np.zeros((0, 2), np.int16)

    def spacings(self) -> list[float]:
        """Milliseconds between one packet of `loud` and the next."""
        times = [packet.at for packet in self.loud]
        return [(after - before) * 1000 for before, after in pairwise(times)]

    def gaps(self, milliseconds: float = 60.0) -> list[float]:
        """The spacings that are longer than this."""
        return [each for each in self.spacings() if each > milliseconds]

    def since(self, at: float) -> list[Arrival]:
        """The packets of `loud` that came after a moment (`time.time`)."""
        return [packet for packet in self.loud if packet.at > at]

    async def until(self, look: Callable[[Heard], object], seconds: float = 10.0) -> None:
        """Returns as soon as it is so; `TimeoutError` after so much real time."""
        await self._world.until(lambda: look(self), seconds)

    async def frames(self, count: int, seconds: float = 10.0) -> list[bytes]:
        """The frames of `loud`, once there are so many."""
        await self.until(lambda heard: len(heard.loud) >= count, seconds)
        return self.opus
