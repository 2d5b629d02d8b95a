"""What becomes of messages that are there: edits, deletions, reactions."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from trunkline.bridge import FoundTurn
from trunkline.errors import PlatformError
from trunkline.gestures import feedback_taken
from trunkline.telemetry import log

from ..desk import Desk
from ..facts import Member, Spot, Written, place_of
from ..parse import deleted, edited, feedback_of, is_of_person, permitted, rated
from .channels import Channels
from .intake import Intake
from .joining import joined
from .lanes import Job, Lane, patiently


@dataclass(frozen=True, slots=True)
class Reaction:
    """Somebody put an emoji to a message, or took it away."""

    spot: Spot
    message: str
    member: Member
    emoji: str
    added: bool
    author: str = ""
    """The message's author, where Discord says so."""


class Changes:
    """Puts changes behind what came before them in their channel."""

    def __init__(self, desk: Desk, intake: Intake, channels: Channels) -> None:
        self._desk = desk
        self._intake = intake
        self._channels = channels

    def edited(self, written: Written) -> None:
        """A message was changed. Link previews and pins come as changes too, and change no text."""
        if written.edited_at and written.readable and not written.author.bot:
            self._put(written.spot, self._edited(written))

    def deleted(self, spot: Spot, messages: Iterable[str]) -> None:
        """Messages are gone. Looked up only where anything was said to the bot lately."""
        if spot.channel in self._desk.active or spot.parent in self._desk.active:
            for message_id in messages:
                self._put(spot, self._deleted(spot, message_id))

    def reacted(self, reaction: Reaction) -> None:
        """A reaction came or went. Those to messages of others are none of ours."""
        member, bot = reaction.member, self._desk.bot
        if not member.bot and member.id != bot and reaction.author in {"", bot}:
            self._put(reaction.spot, self._reacted(reaction))

    def _put(self, spot: Spot, work: object) -> None:
        async def run(_: Lane) -> None:
            await work  # type: ignore[misc]

        self._intake.lanes.put(spot.channel, spot.guild, Job(run))

    async def _edited(self, written: Written) -> None:
        desk = self._desk
        written = await self._channels.placed(written)
        if not permitted(desk.options, written.spot, written.author):
            return
        first = self._intake.pieces.get(written.id) or written.id
        found = await self._turn_of(written.spot, first)
        if found is None:
            return
        try:
            whole = await self._whole(written, first, found)
        except PlatformError as error:
            # Half of a message must not stand for the whole.
            log.warning("message not read again", channel=written.spot.channel, error=type(error).__name__)
            return
        parts = await self._intake.parts_of(whole)
        if not parts:
            return
        event = desk.aloud(edited(whole, found, parts))
        answer = await patiently(desk.clock, lambda: desk.core.accept(event))
        if answer.outcome == "denied":
            await self._intake.telling.refuse(written, answer.text)

    async def _whole(self, written: Written, first: str, found: FoundTurn) -> Written:
        """The message with the others that its text was split into, as they are now."""
        newest = str(found.target.get("newest") or "")
        if first == written.id and not newest:
            return written
        last = max(int(newest or 0), int(written.id))
        read = {one.id: one for one in await self._channels.following(written.spot, int(first))}
        pieces = sorted({**read, written.id: written}.values(), key=lambda one: int(one.id))
        own = [one for one in pieces if one.author.id == written.author.id and int(one.id) <= last]
        return replace(joined(own, edited_at=written.edited_at), id=first)

    async def _deleted(self, spot: Spot, message_id: str) -> None:
        desk = self._desk
        found = await self._turn_of(spot, message_id)
        if found is not None:
            event = deleted(spot.channel, message_id, found, desk.clock.now())
            await patiently(desk.clock, lambda: desk.core.accept(event))

    async def _reacted(self, reaction: Reaction) -> None:
        desk = self._desk
        # Where nobody offers a rating there is nothing to look up.
        if not feedback_of(reaction.emoji) or (
            reaction.added and not permitted(desk.options, reaction.spot, reaction.member)
        ):
            return
        found = await self._turn_of(reaction.spot, reaction.message)
        if found is None or is_of_person(found, reaction.message):
            return
        value = feedback_of(reaction.emoji, await feedback_taken(desk.core, found.place.app))
        if not value or (not reaction.added and value not in found.view.ratings.values()):
            return
        wanted = value if reaction.added else ""
        event = rated(reaction.spot.channel, reaction.message, reaction.member, wanted, found, desk.clock.now())
        await patiently(desk.clock, lambda: desk.core.accept(event))

    async def _turn_of(self, spot: Spot, message_id: str) -> FoundTurn | None:
        desk = self._desk
        place = place_of(desk.options, spot, "", desk.default_app)
        number = await patiently(desk.clock, lambda: desk.core.turn_of(place, message_id))
        return await patiently(desk.clock, lambda: desk.core.turn(number)) if number else None
