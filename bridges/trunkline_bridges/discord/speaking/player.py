"""The thread that sends what the bot says: a packet each 20 ms."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from discord import SpeakingState
from discord.player import AudioPlayer

if TYPE_CHECKING:
    from .line import Line


class Player(AudioPlayer):
    """As the library's, but steadier: a packet is read and encoded while it is not due yet, a stop is not slept
    through, and what was held up is made up for by one packet at once, no burst."""

    client: Line

    def _do_run(self) -> None:
        client = self.client
        self._speak(SpeakingState.voice)
        due = time.perf_counter()
        while data := self.source.read():
            packet = client.encoded(data)
            if self._end.wait(max(0.0, due - time.perf_counter())):
                break
            if not client.is_connected():
                if not client.wait_until_connected(client.timeout) or self._end.is_set():
                    break
                self._speak(SpeakingState.voice)
                due = time.perf_counter()
            client.send_audio_packet(packet, encode=False)
            due = max(due + self.DELAY, time.perf_counter())
        if not self._end.is_set():
            self.stop()
        if client.is_connected():
            self.send_silence()


__all__ = ["Player"]
