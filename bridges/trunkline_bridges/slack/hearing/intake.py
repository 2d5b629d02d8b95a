"""From what was heard to what the core takes in: each channel in its order, stored before Slack hears of it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from trunkline.bridge import Vault
from trunkline.errors import StoreError
from trunkline.inbound import Place
from trunkline.lanes import Lane, Lanes
from trunkline.messages import Part, Text
from trunkline.recent import Recent
from trunkline.telemetry import log
from trunkline.words import words

from ..desk import Desk
from ..facts import Spot, Written
from ..mrkdwn import markdown, mentions
from ..parse import Called, Follows, Heard, Refused, deletion_key, edit_key, key_of, meaning, said_in
from .attachments import fetch_all
from .changes import Changes
from .people import People
from .reading import Bot, Changed, Deleted, Happening, Reacted, Said, Stopped, Titled, read
from .telling import Telling

STORING_SECONDS: Final = 2.5
"""What is not stored by then is not acknowledged: Slack tells again, and finds it stored or still at work."""
_MOST_REMEMBERED: Final = 10_000
THREADS: Final = "threads"
"""What the vault keeps threads under in which the bot was spoken to, where a channel shares one history."""
_THREAD_SECONDS: Final = 30 * 86_400.0
"""So long after the last word a thread is known over a restart."""


@dataclass(slots=True)
class _Job:
    work: Callable[[Lane[Any]], Awaitable[None]]


class Intake:
    """Takes in what Slack tells."""

    def __init__(self, desk: Desk, vault: Vault) -> None:
        self.lanes: Lanes[_Job] = Lanes("slack")
        self.telling = Telling(desk)
        self.people = People(desk)
        self._desk = desk
        self._vault = vault
        self._changes = Changes(desk, self.telling, self.parts_of)
        self._pending: dict[str, asyncio.Future[bool]] = {}
        self._done: Recent[str, bool] = Recent(_MOST_REMEMBERED)
        self._threads: Recent[tuple[str, str, str], bool] = Recent(_MOST_REMEMBERED)
        """Threads in which the bot was spoken to."""

    async def hear(self, envelope: Mapping[str, Any], bot: Bot) -> bool:
        """Take in an event; whether it is stored, or nothing that has to be."""
        happening = read(envelope, bot, self._desk.options)
        if happening is None:
            return True
        if isinstance(happening, Said) and meaning(happening, self._desk.options) is None:
            return True
        key = _key(happening)
        if key in self._done:
            return True
        stored = self._pending.get(key)
        if stored is None:
            stored = self._pending[key] = asyncio.get_running_loop().create_future()
            self._put(key, happening, bot, stored)
        return await self._in_time(stored)

    def _put(self, key: str, happening: Happening, bot: Bot, stored: asyncio.Future[bool]) -> None:
        async def work(_: Lane[Any]) -> None:
            done = False
            try:
                await self._take_in(happening, bot)
                done = True
                self._done.put(key, True)
            except StoreError as error:
                log.warning("slack event not stored", error=type(error).__name__)
            finally:
                self._pending.pop(key, None)
                if not stored.done():
                    stored.set_result(done)

        spot = happening.written.spot if isinstance(happening, Said | Changed) else happening.spot
        # Stop waits for nothing that was said before it.
        lane = key if isinstance(happening, Stopped) else f"{spot.team}:{spot.channel}"
        self.lanes.put(lane, spot.team, _Job(work))

    async def _in_time(self, stored: asyncio.Future[bool]) -> bool:
        patience: asyncio.Future[None] = asyncio.ensure_future(self._desk.clock.sleep(STORING_SECONDS))
        waited: set[asyncio.Future[Any]] = {stored, patience}
        try:
            await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
        finally:
            patience.cancel()
        return stored.done() and stored.result()

    async def close(self) -> None:
        """Break off what is at work: it is not stored, so Slack was not told, and tells again."""
        await self.lanes.close()

    # What is taken in

    async def _take_in(self, happening: Happening, bot: Bot) -> None:
        if isinstance(happening, Said):
            await self._said(happening, bot)
        elif isinstance(happening, Changed):
            await self._changes.edited(await self._named(happening.written, bot))
        elif isinstance(happening, Deleted):
            await self._changes.deleted(happening)
        elif isinstance(happening, Reacted):
            await self._changes.reacted(happening)
        elif isinstance(happening, Titled):
            await self._changes.titled(happening)
        else:
            await self._changes.stopped(happening)

    async def _said(self, said: Said, bot: Bot) -> None:
        first = meaning(said, self._desk.options)
        if isinstance(first, Follows) and not await self._is_known(said.written.spot):
            return
        written = await self._named(said.written, bot)
        meant = meaning(replace(said, written=written), self._desk.options, known=isinstance(first, Follows))
        if isinstance(meant, Heard):
            await self._heard(written, meant)
        elif isinstance(meant, Refused):
            self._aside(self.telling.refuse(written, words("not_allowed")))
        elif isinstance(meant, Called):
            place = await self._desk.place(written.spot)
            self._aside(self.telling.greet(written, place.app))

    async def _heard(self, written: Written, meant: Heard) -> None:
        desk, spot = self._desk, written.spot
        place = await desk.place(spot)
        if written.files and await self._needs_no_files(place, written):
            return
        parts = await self.parts_of(written)
        if not parts:
            return
        answer = await desk.core.accept(said_in(written, place, parts, desk.options))
        if answer.outcome == "denied":
            if meant.addressed or answer.text != words("not_allowed"):
                self._aside(self.telling.refuse(written, answer.text))
        elif answer.outcome != "ignored":
            self._threads.put((spot.team, spot.channel, spot.thread), True)
            if spot.thread and not place.thread:
                # Places do not tell its threads apart.
                await self._vault.put(THREADS, _thread(spot), True, desk.clock.now() + _THREAD_SECONDS)

    async def parts_of(self, written: Written) -> tuple[Part, ...]:
        """What a message says, its files fetched; () where nothing is left. Missing files are told of."""
        media, reasons = await fetch_all(self._desk, written.spot.team, written.files)
        if reasons:
            log.info("files not fetched", channel=written.spot.channel, files=len(reasons))
            self._aside(self.telling.tell(written, "\n".join(reasons)))
        return (*((Text(written.text),) if written.text else ()), *media)

    async def _needs_no_files(self, place: Place, written: Written) -> bool:
        """It was taken in by an earlier process, or the bot was told to keep quiet there."""
        if await self._desk.core.turn_of(place, written.ts):
            return True
        return (await self._desk.core.transcript(place, limit=1)).paused

    async def _is_known(self, spot: Spot) -> bool:
        """Whether the bot was spoken to in a thread."""
        key = (spot.team, spot.channel, spot.thread)
        if key in self._threads:
            return True
        core, place = self._desk.core, await self._desk.place(spot)
        known = bool(await core.turn_of(place, spot.thread))
        if not known:
            kept = core.conversations(place, limit=1) if place.thread else self._vault.get(THREADS, _thread(spot))
            known = bool(await kept)
        if known:
            self._threads.put(key, True)
        return known

    async def _named(self, written: Written, bot: Bot) -> Written:
        """The message as Markdown, with the names of those it speaks of, and its author's."""
        team = written.spot.team
        ids = [one for one in mentions(written.text) if one != bot.user]
        author = () if written.author.bot else (written.author.id,)
        names = await self.people.names(team, (*ids, *author))
        named = replace(written.author, name=names.get(written.author.id) or written.author.name)
        return replace(written, text=markdown(written.text, names, bot.user), author=named)

    def _aside(self, work: Awaitable[None]) -> None:
        """Sentences for people hold up nothing."""
        self.lanes.start(work, "slack sentence")


def _thread(spot: Spot) -> str:
    return f"{spot.team}:{spot.channel}:{spot.thread}"


def _key(happening: Happening) -> str:
    if isinstance(happening, Said):
        return key_of(happening.written)
    if isinstance(happening, Changed):
        return edit_key(happening.written)
    return deletion_key(happening) if isinstance(happening, Deleted) else happening.key
