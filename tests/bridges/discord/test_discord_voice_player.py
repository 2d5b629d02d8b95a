"""The thread that sends: evenly, without a burst after it was held up, and no more once it is stopped."""

from __future__ import annotations

import threading
import time
from typing import Any

import discord
from discord.player import AudioPlayer

from trunkline_bridges.discord.speaking.player import Player

MADE = b"\0" * 3_840


class Source(discord.AudioSource):
    """So many frames; the one at `slow` is only there after 150 ms."""

    def __init__(self, count: int, slow: int = -1) -> None:
        self._numbers = iter(range(count))
        self._slow = slow

    def read(self) -> bytes:
        number = next(self._numbers, None)
        if number is not None and number == self._slow:
            # The thread is held up, as by a machine that is busy.
            threading.Event().wait(0.15)
        return MADE if number is not None else b""


class Connection:
    """What the thread uses of a line."""

    timeout = 5.0

    def __init__(self) -> None:
        self.sent: list[float] = []
        self.up = threading.Event()
        self.up.set()

    def encoded(self, pcm: bytes) -> bytes:
        return pcm[:10]

    def is_connected(self) -> bool:
        return self.up.is_set()

    def wait_until_connected(self, timeout: float) -> bool:
        return self.up.wait(timeout)

    def send_audio_packet(self, data: bytes, *, encode: bool = True) -> None:
        assert not encode
        if len(data) == 10:
            self.sent.append(time.perf_counter())


def played(source: Source, connection: Connection) -> Player:
    made: Any = Player(source, connection)  # type: ignore[arg-type]
    # Who speaks is told over a connection that is not there.
    made._speak = lambda _: None
    assert isinstance(made, AudioPlayer)
    made.start()
    return made  # type: ignore[return-value]


def test_what_was_held_up_is_not_sent_in_a_burst() -> None:
    connection = Connection()
    played(Source(30, slow=10), connection).join(10)
    gaps = [after - before for before, after in zip(connection.sent, connection.sent[1:], strict=False)]
    assert len(connection.sent) == 30
    assert max(gaps) > 0.1
    held = gaps.index(max(gaps))
    assert sum(gap < 0.01 for gap in gaps[held + 1 : held + 6]) <= 1, "one is made up for"
    assert sum(gaps) >= 27 * 0.02


def test_nothing_is_sent_once_it_is_stopped() -> None:
    connection = Connection()
    player = played(Source(1_000), connection)
    while len(connection.sent) < 3:
        threading.Event().wait(0.005)
    player.stop()
    sent = len(connection.sent)
    player.join(1)
    assert not player.is_alive()
    assert len(connection.sent) <= sent + 1


def test_it_waits_for_a_connection_and_goes_on() -> None:
    connection = Connection()
    connection.up.clear()
    player = played(Source(3), connection)
    assert connection.sent == []
    connection.up.set()
    player.join(5)
    assert len(connection.sent) == 3
