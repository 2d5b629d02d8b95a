"""What becomes of what is there: edits, deletions, reactions, Slack's Stop, titles."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from trunkline.bridge import FoundTurn
from trunkline.gestures import feedback_taken
from trunkline.inbound import Place
from trunkline.messages import Part
from trunkline.words import words

from ..desk import Desk
from ..facts import Spot, Written, place_of
from ..parse import deleted_in, edited, feedback_of, is_of_person, permitted, rated, renamed_in, stopped_in
from .reading import Deleted, Reacted, Stopped, Titled
from .telling import Telling

Parts: TypeAlias = "Callable[[Written], Awaitable[tuple[Part, ...]]]"


class Changes:
    """Finds the turn that something is about, and tells the core."""

    def __init__(self, desk: Desk, telling: Telling, parts_of: Parts) -> None:
        self._desk = desk
        self._telling = telling
        self._parts_of = parts_of

    async def edited(self, written: Written) -> None:
        desk = self._desk
        if not permitted(desk.options, written.spot, written.author):
            return
        found = await self._turn_of(written.spot, written.ts)
        if found is None or found.speaker.user_id != written.author.id:
            return
        parts = await self._parts_of(written)
        if parts:
            answer = await desk.core.accept(edited(written, found, parts))
            if answer.outcome == "denied":
                await self._telling.refuse(written, answer.text)

    async def deleted(self, deleted: Deleted) -> None:
        found = await self._turn_of(deleted.spot, deleted.ts)
        if found is not None:
            await self._desk.core.accept(deleted_in(deleted, found))

    async def reacted(self, reacted: Reacted) -> None:
        desk = self._desk
        if reacted.added and not permitted(desk.options, reacted.spot, reacted.member):
            return
        found = await self._turn_of(reacted.spot, reacted.ts)
        if found is None or is_of_person(found, reacted.ts):
            return
        value = feedback_of(reacted.emoji, await feedback_taken(desk.core, found.place.app))
        if not value or (not reacted.added and value not in found.view.ratings.values()):
            return
        await desk.core.accept(rated(reacted, value if reacted.added else "", found))

    async def stopped(self, stopped: Stopped) -> None:
        """Slack ended the streams; the app's work ends with them, if this person may say so."""
        desk = self._desk
        for ts in stopped.streams:
            desk.halted({"team": stopped.spot.team, "channel": stopped.spot.channel}, ts)
        if not permitted(desk.options, stopped.spot, stopped.member):
            return
        found = await self._stopped_turn(stopped)
        if found is None:
            place = await desk.place(stopped.spot)
            await desk.core.accept(stopped_in(stopped, place, 0, 0))
            return
        asker = found.target.get("asker")
        if desk.options.pressing == "asker" and not stopped.spot.private and asker != stopped.member.id:
            await self._telling.say(stopped.spot, stopped.member.id, words("slack_stop_asker"))
            return
        await desk.core.accept(stopped_in(stopped, found.place, found.view.id, found.conversation))

    async def titled(self, titled: Titled) -> None:
        """The conversation of a thread goes by the title of the session; one that a channel shares does not."""
        desk = self._desk
        place = await desk.place(titled.spot)
        if not place.thread or not permitted(desk.options, titled.spot, titled.member):
            return
        current = [one for one in await desk.core.conversations(place) if one.current]
        if current:
            await desk.core.accept(renamed_in(titled, place, current[0].id))

    async def _stopped_turn(self, stopped: Stopped) -> FoundTurn | None:
        """The turn of a stream that was ended, else the one that runs in the thread."""
        for ts in stopped.streams:
            found = await self._turn_of(stopped.spot, ts)
            if found is not None:
                return found
        place = await self._desk.place(stopped.spot)
        running = [
            turn for turn in (await self._desk.core.transcript(place, limit=20)).turns if turn.state == "running"
        ]
        return await self._desk.core.turn(running[-1].id) if running else None

    async def _turn_of(self, spot: Spot, ts: str) -> FoundTurn | None:
        place: Place = place_of(self._desk.options, spot, self._desk.default_app)
        number = await self._desk.core.turn_of(place, ts)
        return await self._desk.core.turn(number) if number else None
