"""Sentences for one who wrote: plain replies beside the core's posts, which nobody edits or takes up again."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final

from trunkline.errors import AppError, AppUnreachable, PlatformError
from trunkline.inbound import Place
from trunkline.messages import Json
from trunkline.recent import Recent
from trunkline.telemetry import log
from trunkline.words import words

from ..acting.panels import greeting
from ..desk import Desk
from ..facts import Spot, Written

AGAIN_SECONDS: Final = 30.0
"""The same kind of refusal is not repeated to a person in a channel within this time."""
_MOST_REMEMBERED: Final = 10_000


class Telling:
    """Says things, once where once is enough."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._told: Recent[tuple[str, str, str], float] = Recent(_MOST_REMEMBERED)

    async def refuse(self, written: Written, text: str) -> None:
        """Why something was not done. That they may not use the bot there people hear once."""
        final = text == words("not_allowed")
        if self._first(written, "refused for good" if final else "refused", None if final else AGAIN_SECONDS):
            await self.tell(written, text)

    async def ask_for_mention(self, written: Written) -> None:
        """That its messages cannot be read a channel hears once."""
        bot = f"<@{self._desk.bot}>"
        if self._first(written, "unread", None, whoever=True):
            await self.tell(written, words("discord_mention_me", bot=bot))

    async def greet(self, written: Written, place: Place) -> None:
        """Who is there, in answer to nothing but the bot's name."""
        try:
            profile = await self._desk.core.profile(place.app)
        except (AppError, AppUnreachable) as error:
            await self.tell(written, error.user_message)
            return
        await self._reply(written, greeting(profile, self._desk.options))

    async def greet_server(self, spot: Spot, place: Place) -> None:
        """Hello to a server that added the bot, once however often Discord tells of it."""
        try:
            profile = await self._desk.core.profile(place.app)
        except (AppError, AppUnreachable) as error:
            log.warning("server not greeted", guild=spot.guild, error=type(error).__name__)
            return
        body = greeting(profile, self._desk.options)
        await self._post(spot.channel, {**body, "nonce": f"hi:{spot.guild}"[:25]})

    async def tell(self, written: Written, text: str) -> None:
        """A sentence in reply to a message."""
        await self._reply(written, {"content": text})

    async def _reply(self, written: Written, body: Mapping[str, Json]) -> None:
        reference: dict[str, Json] = {"message_id": written.id, "fail_if_not_exists": False}
        digest = hashlib.sha256(f"{written.id}:{body.get('content', '')}".encode()).hexdigest()
        reply: dict[str, Json] = {**body, "message_reference": reference, "nonce": f"say:{digest[:20]}"}
        await self._post(written.spot.channel, reply)

    async def _post(self, channel: str, body: Mapping[str, Json]) -> None:
        quiet: dict[str, Json] = {"parse": [], "replied_user": False}
        whole = {**body, "enforce_nonce": True, "allowed_mentions": quiet}
        try:
            await self._desk.rest.call("POST", f"/channels/{channel}/messages", json=whole, patient=True)
        except PlatformError as error:
            log.warning("sentence not said", channel=channel, error=type(error).__name__)

    def _first(self, written: Written, kind: str, again: float | None, *, whoever: bool = False) -> bool:
        """Whether they were not told this yet, or `again` seconds ago; remembers that they are now."""
        key = (written.spot.channel, "" if whoever else written.author.id, kind)
        now, last = self._desk.clock.now(), self._told.get(key)
        if last is not None and (again is None or now - last < again):
            return False
        self._told.put(key, now)
        return True
