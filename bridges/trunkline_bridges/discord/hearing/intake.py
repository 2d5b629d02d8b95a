"""From what was heard to what the core takes in, each channel in its order; nothing here holds up the gateway."""

from __future__ import annotations

from typing import Final

from trunkline.inbound import Place
from trunkline.messages import Part, Text
from trunkline.recent import Recent
from trunkline.telemetry import log
from trunkline.words import words

from ..desk import Desk
from ..facts import Spot, Written, place_of
from ..parse import Called, Heard, Refused, Unread, parse, said
from .attachments import fetch_all
from .channels import Channels
from .joining import is_long, joined, whole
from .lanes import Job, Lane, Lanes, patiently
from .telling import Telling
from .threads import Threads

_MOST_REMEMBERED: Final = 5_000


class Intake:
    """Takes in new messages. `lanes` is where whatever happens in a channel is put."""

    def __init__(self, desk: Desk, channels: Channels) -> None:
        self.lanes = Lanes()
        self.pieces: Recent[str, str] = Recent(_MOST_REMEMBERED)
        """Message to the first one of those that its text was split into."""
        self.telling = Telling(desk)
        self._desk = desk
        self._channels = channels
        self._threads = Threads(desk.rest)
        self._handled: Recent[str, bool] = Recent(_MOST_REMEMBERED)
        """Messages that are not to be looked at again, whatever became of them."""

    def hear(self, written: Written) -> None:
        """A message that came just now."""
        heard_at = self._desk.clock.now()
        self.lanes.put(written.spot.channel, written.spot.guild, self._job(written, heard_at, None))

    def hear_late(self, lane: Lane, messages: list[Written], since: float) -> None:
        """Messages that were read, the oldest first; up to `since` they may be known."""
        new = [written for written in messages if not self._handled.get(written.id)]
        lane.insert(self._job(written, written.at, since) for written in new)

    def _job(self, written: Written, heard_at: float, since: float | None) -> Job:
        async def work(lane: Lane) -> None:
            await self._message(written, heard_at, lane, since)
            self._handled.put(written.id, True)

        return Job(work, written)

    async def _message(self, written: Written, heard_at: float, lane: Lane, since: float | None) -> None:
        desk = self._desk
        written = await self._channels.placed(written)
        meaning = parse(written, desk.options, desk.bot)
        if meaning is None or (since is not None and await self._is_known(written)):
            return
        if isinstance(meaning, Heard):
            await self._heard(written, meaning, heard_at, lane)
        elif since is not None and written.at <= since:
            # It was answered before the break, or in vain.
            return
        elif isinstance(meaning, Refused):
            await self.telling.refuse(written, words("not_allowed"))
        elif isinstance(meaning, Unread):
            await self.telling.ask_for_mention(written)
        elif isinstance(meaning, Called):
            await self.telling.greet(written, await self._place(written.spot, written.author.id))

    async def _heard(self, first: Written, meaning: Heard, heard_at: float, lane: Lane) -> None:
        desk = self._desk
        written = first
        newest = first.id
        if is_long(first):
            parts = await whole(first, heard_at, lane, desk.clock, desk.options.continuation_seconds)
            written, newest = joined(parts), parts[-1].id
            for part in parts[1:]:
                self.pieces.put(part.id, first.id)
                self._handled.put(part.id, True)
        if (meaning.opens_thread or written.files) and await self._is_quiet(written):
            return
        parts_said = await self.parts_of(written)
        if not parts_said:
            return
        spot = await self._threads.open(written) if meaning.opens_thread else written.spot
        place = await self._place(spot, written.author.id)
        event = desk.aloud(said(written, place, spot, parts_said, newest))
        answer = await patiently(desk.clock, lambda: desk.core.accept(event))
        if answer.outcome == "denied":
            if meaning.addressed or answer.text != words("not_allowed"):
                await self.telling.refuse(written, answer.text)
            return
        if answer.outcome != "ignored":
            desk.heard_in(spot.channel, written.spot.channel)

    async def greet_server(self, spot: Spot) -> None:
        """Say hello where the bot was added."""
        await self.telling.greet_server(spot, await self._place(spot, ""))

    async def parts_of(self, written: Written) -> tuple[Part, ...]:
        """What a message says, its files fetched; () where nothing is left. Missing files are told of."""
        desk = self._desk
        media, reasons = await patiently(
            desk.clock, lambda: fetch_all(written.files, desk.options, desk.core.media, desk.clock)
        )
        if reasons:
            log.info("files not fetched", channel=written.spot.channel, files=len(reasons))
            await self.telling.tell(written, "\n".join(reasons))
        return (*((Text(written.text),) if written.text else ()), *media)

    async def _is_known(self, written: Written) -> bool:
        """It was taken in already: nothing of it needs to be fetched again."""
        desk = self._desk
        place = place_of(desk.options, written.spot, written.author.id, desk.default_app)
        return bool(await patiently(desk.clock, lambda: desk.core.turn_of(place, written.id)))

    async def _is_quiet(self, written: Written) -> bool:
        """The bot was told to keep quiet there: no thread is opened, no file fetched."""
        desk = self._desk
        place = await self._place(written.spot, written.author.id)
        transcript = await patiently(desk.clock, lambda: desk.core.transcript(place, limit=1))
        return transcript.paused

    async def _place(self, spot: Spot, user: str) -> Place:
        return await patiently(self._desk.clock, lambda: self._desk.place(spot, user))
