"""What goes wrong on the line of a call: people are told once, and what may help is tried."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from trunkline.words import words

from ..voice import DiscordCall, Trouble

RENEWALS: Final = 1
"""So often in a call its keys are agreed on anew because nobody can be decrypted; then it ends."""


class Troubles:
    """`start` runs what is to be done; a platform's refusal of it ends nothing."""

    def __init__(self, call: DiscordCall, start: Callable[[Awaitable[None], str], None]) -> None:
        self._call = call
        self._start = start
        self._told: set[Trouble] = set()
        self._renewals = 0

    def told(self, trouble: Trouble) -> None:
        """It happened, perhaps once more."""
        if trouble == "not played":
            self._say(trouble, words("discord_voice_not_played"))
        elif trouble == "unreadable":
            self._say(trouble, words("discord_voice_unreadable"))
        elif self._renewals < RENEWALS:
            self._renewals += 1
            self._say("unreadable", words("discord_voice_unreadable"))
            self._start(self._call.line.renew(), "discord call keys")
        else:
            self._start(self._end(), "discord call trouble")

    def _say(self, trouble: Trouble, sentence: str) -> None:
        if trouble not in self._told:
            self._told.add(trouble)
            self._start(self._call.say(sentence), "discord call trouble")

    async def _end(self) -> None:
        try:
            await self._call.say(words("discord_voice_unread"))
        finally:
            await self._call.hang_up()


__all__ = ["Troubles"]
