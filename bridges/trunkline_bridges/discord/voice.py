"""A Discord voice channel as a call: a `VoiceTransport` on a line of `speaking/`."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

import discord

from trunkline import codec
from trunkline.audio.pcm import SAMPLE_RATE, Pcm
from trunkline.bridge import Target
from trunkline.calls import CallEvent, CallState, Joined, Left, Line, Pressed, Sound, Talker, Tuning
from trunkline.errors import TrunklineError
from trunkline.inbound import Place
from trunkline.labels import clipped, one_line
from trunkline.messages import Json, Media
from trunkline.telemetry import causes, log
from trunkline.words import words

from .acting.panels import Body
from .desk import Desk
from .drawing.marks import escape
from .facts import PLATFORM, Member, Spot, speaker_of, target_of
from .limits import CONTENT, TRANSCRIPT
from .sending import drafts
from .speaking import line as lines
from .speaking.board import Board
from .speaking.mouth import CHANNELS, RATE, Mouth
from .speaking.panel import Control, voice_panel

MOST_WAITING: Final = 1_000
"""Events that wait to be read, twenty seconds of one speaker; sound beyond is dropped."""


@dataclass(slots=True)
class Seat:
    """Somebody in the channel."""

    member: Member
    consents: bool


@dataclass(frozen=True, slots=True)
class Manner:
    """What the settings of the voice bridge mean for what is shown here."""

    push: bool = False
    """Who speaks holds a button."""
    keeps: bool = False
    """What is said is kept as sound."""


@dataclass(slots=True)
class Here:
    """Where a call is, as it was looked up."""

    spot: Spot
    place: Place
    tuning: Tuning = field(default_factory=Tuning)


Trouble: TypeAlias = Literal["unreadable", "nobody readable", "not played"]
"""Somebody, or everybody who speaks, cannot be decrypted; a reply could not be sent."""


class DiscordCall:
    """A call in one server; it goes along when the bot is moved."""

    bridge: Final = PLATFORM
    rate: Final = RATE
    channels: Final = CHANNELS
    # Discord's clients cancel echoes before they send.
    echoes: Final = False
    conversation: Final = 0

    def __init__(self, desk: Desk, line: lines.Line, here: Here, manner: Manner) -> None:
        self.name = f"{PLATFORM}:{here.spot.guild}:{secrets.token_hex(6)}"
        self.here = here
        self.line = line
        self.leaving = False
        """It ends because somebody wanted it to."""
        self.dismissed = False
        """It ends because the voice bridge does not take it, or because nobody is there."""
        self.hushed = False
        """We are muted here."""
        self.occupied = asyncio.Event()
        self.emptied = asyncio.Event()
        self.emptied.set()
        self.board = Board(desk.rest, desk.clock, self._panel)
        self._desk = desk
        self._manner = manner
        self._seats: dict[str, Seat] = {}
        self._holding: set[str] = set()
        self._state: CallState = "connecting"
        self._events: asyncio.Queue[CallEvent | None] = asyncio.Queue()
        self._mouth = Mouth(line.loop)
        self._quiet = asyncio.Event()
        self._quiet.set()  # no player's thread runs
        self._stopping = False
        self._over = False
        self.trouble: Callable[[Trouble], None] = lambda _: None
        """Told of what went wrong on the line; set by who owns the call."""
        line.listener = self
        if line.over:
            self.gone()

    # What the voice bridge asks

    @property
    def place(self) -> Place:
        return self.here.place

    @property
    def tuning(self) -> Tuning:
        return self.here.tuning

    @property
    def played(self) -> int:
        return self._mouth.played

    async def events(self) -> AsyncIterator[CallEvent]:
        while (event := await self._events.get()) is not None:
            yield event

    def target(self, talker: Talker, said: str, recording: Media | None) -> Target:
        """`asked` is the transcript, `recording` the JSON of the sound: `render` puts both before the answer.

        Where there is no transcript yet, the name of `speaker` is there for one that comes as `said`.
        """
        name = escape(one_line(talker.speaker.name, 80) or talker.id)
        text = escape(one_line(said, TRANSCRIPT))
        asked = (
            words("discord_voice_said", name=name, text=text) if text else words("discord_voice_spoke", name=name)
        )
        target = target_of(self.here.spot, talker.id, self._desk.clock.now(), asked=asked)
        nameless: dict[str, Json] = {} if text else {"speaker": name}
        return (
            target | nameless | {"call": self.name} | ({"recording": codec.encode(recording)} if recording else {})
        )

    async def play(self, pcm: Pcm) -> None:
        if self.line.over:
            return
        if self._stopping:
            # The thread of what was stopped is about to end.
            await self._quiet.wait()
        self._mouth.put(pcm)
        self._speak()
        await self._mouth.room()

    def _speak(self) -> None:
        if not self._quiet.is_set() or self.line.over:
            return
        self._quiet.clear()
        try:
            self.line.play(self._mouth, after=self._spoke)
        except discord.ClientException as error:
            # Between two connections: it is said once there is one.
            log.info("nothing can be played", error=type(error).__name__)
            self._quiet.set()

    def _spoke(self, error: Exception | None) -> None:
        """The player's thread ended."""
        with contextlib.suppress(RuntimeError):
            self.line.loop.call_soon_threadsafe(self._now_quiet, error)

    def _now_quiet(self, error: Exception | None) -> None:
        self._stopping = False
        # A player that gave up while there was no connection is still taken for playing.
        self.line.stop()
        self._quiet.set()
        if error is not None:
            log.warning("the player of a call failed", errors=causes(error))
            # Who waits until all of it is played would wait for ever.
            self._mouth.drop()
            self.trouble("not played")
        elif not self._mouth.over:
            # It came while the thread was ending, or the connection broke.
            self._speak()

    async def ended(self) -> None:
        self._mouth.end()

    async def stop_playing(self) -> None:
        self._mouth.drop()
        if not self._quiet.is_set():
            self._stopping = True
            self.line.stop()

    async def drained(self) -> None:
        await self._mouth.drained()

    async def show(self, state: CallState, caption: str = "") -> None:
        if len(self._desk.offered) > 1:
            # Somebody may have chosen another app here.
            with contextlib.suppress(TrunklineError):
                self.here.place = await self._desk.place(self.here.spot, "")
        if not self._over:
            self._state = state
            self._open_ears()
            self.board.change()

    async def say(self, text: str) -> None:
        body = {"content": clipped(escape(text), CONTENT)}
        path = f"/channels/{self.here.spot.channel}/messages"
        await self._desk.rest.call("POST", path, json=drafts.for_create(body))

    async def leave(self) -> None:
        self.dismissed = True
        await self.part()

    async def hang_up(self) -> None:
        """End the call: that is wanted."""
        self.leaving = True
        await self.part()

    async def part(self) -> None:
        """End the call; that nobody wanted it is not known here."""
        try:
            await self.line.disconnect(force=True)
        finally:
            self.gone()

    # What happens on the line

    def heard(self, user: int, pcm: Pcm, at: float) -> None:
        if self._events.qsize() < MOST_WAITING:
            self._events.put_nowait(Sound(str(user), (SAMPLE_RATE, pcm), at))

    def up(self, connected: bool) -> None:
        self._events.put_nowait(Line(connected))
        if connected and not self._mouth.over:
            self._speak()

    def gone(self) -> None:
        if not self._over:
            self._over = True
            self._state = "ended"
            self._mouth.drop()
            self.occupied.set()
            self.board.change()
            self._events.put_nowait(None)

    def unreadable(self, everybody: bool) -> None:
        self.trouble("nobody readable" if everybody else "unreadable")

    # Who is there

    def sit(self, member: Member, *, consents: bool) -> None:
        """Somebody is in the channel, and may be heard from now on, or not."""
        seat = self._seats.get(member.id)
        if seat == Seat(member, consents):
            return
        if seat is not None and seat.consents and not consents:
            self._events.put_nowait(Left(member.id))
        self._seats[member.id] = Seat(member, consents)
        self._holding.discard(member.id)
        self._events.put_nowait(Joined(Talker(member.id, speaker_of(member), consents)))
        self._seated()

    def rise(self, user: str) -> None:
        """Somebody left the channel."""
        if self._seats.pop(user, None) is not None:
            self._holding.discard(user)
            self._events.put_nowait(Left(user))
            self._seated()

    def moved(self, here: Here) -> None:
        """The bot is in another channel now; who is there is told next."""
        for user in tuple(self._seats):
            self.rise(user)
        self.here = here

    def press(self, control: Control, user: str) -> None:
        """A button of the panel. The one to talk is pressed to begin and once more to end."""
        if control != "talk":
            self._events.put_nowait(Pressed(control, user))
        elif user in self._holding:
            self._holding.discard(user)
            self._events.put_nowait(Pressed("talked", user))
        else:
            self._holding.add(user)
            self._events.put_nowait(Pressed("talk", user))

    def present(self, user: str) -> bool:
        return user in self._seats

    def hears(self, user: str) -> bool:
        """They are there, and agreed to it."""
        return user in self._seats and self._seats[user].consents

    def _seated(self) -> None:
        self._open_ears()
        if self._seats:
            self.emptied.clear()
            self.occupied.set()
        else:
            self.occupied.clear()
            self.emptied.set()
        self.board.change()

    def _open_ears(self) -> None:
        """Who consents is heard; while the conversation is stopped, nobody."""
        stopped = self._state == "stopped"
        self.line.ears.listen_to(
            frozenset(int(user) for user, seat in self._seats.items() if seat.consents and not stopped)
        )

    def _panel(self) -> Body:
        heard = [seat.member.name or seat.member.id for seat in self._seats.values() if seat.consents]
        manner = self._manner
        return voice_panel(self._state, heard, self._desk.options, push=manner.push, keeps=manner.keeps)
