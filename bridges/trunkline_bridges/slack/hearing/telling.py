"""Sentences for one who wrote: seen by them alone, beside the core's posts, and never edited."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from trunkline.errors import AppError, AppUnreachable, PlatformError
from trunkline.recent import Recent
from trunkline.telemetry import log
from trunkline.words import words

from ..desk import Desk
from ..facts import Spot, Written

AGAIN_SECONDS: Final = 30.0
"""The same kind of refusal is not repeated to a person in a channel within this time."""
_MOST_REMEMBERED: Final = 10_000


class Telling:
    """Says things, once where once is enough."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._told: Recent[tuple[str, str, str, bool], float] = Recent(_MOST_REMEMBERED)

    async def refuse(self, written: Written, text: str) -> None:
        """Why something was not done. That they may not use the bot there people hear once."""
        final = text == words("not_allowed")
        key = (written.spot.team, written.spot.channel, written.author.id, final)
        now, last = self._desk.clock.now(), self._told.get(key)
        if last is None or (not final and now - last >= AGAIN_SECONDS):
            self._told.put(key, now)
            await self.tell(written, text)

    async def greet(self, written: Written, app: str) -> None:
        """Who is there, in answer to nothing but the bot's name."""
        try:
            profile = await self._desk.core.profile(app)
        except (AppError, AppUnreachable) as error:
            await self.tell(written, error.user_message)
            return
        title = profile.title or profile.name
        await self.tell(written, words("slack_called", title=title, command=self._desk.options.command))

    async def tell(self, written: Written, text: str) -> None:
        """A sentence in answer to a message."""
        spot = written.spot
        # What only one person sees shows in a thread only once that has replies.
        begins = not spot.private and spot.thread == written.ts
        await self.say(replace(spot, thread="") if begins else spot, written.author.id, text)

    async def say(self, spot: Spot, person: str, text: str) -> None:
        """A sentence for one person; in a direct message it simply stands there."""
        quiet = {"unfurl_links": False, "unfurl_media": False} if spot.private else {"user": person}
        try:
            await self._desk.api.call(
                spot.team,
                "chat.postMessage" if spot.private else "chat.postEphemeral",
                patient=True,
                channel=spot.channel,
                thread_ts=spot.thread or None,
                text=_escaped(text),
                **quiet,
            )
        except PlatformError as error:
            log.warning("sentence not said", channel=spot.channel, error=type(error).__name__)


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
