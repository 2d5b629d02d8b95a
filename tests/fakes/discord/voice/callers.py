"""A person in a call: says something, is muted, moves, leaves; a device of its own in the encrypted group."""

from __future__ import annotations

import asyncio
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import davey

from fakes.discord.people import Impossible, Person
from fakes.discord.voice import dave, sound
from fakes.discord.voice.rtp import FRAME, SILENCE, Packet
from fakes.discord.voice.sound import Sound
from fakes.discord.world import Channel

if TYPE_CHECKING:
    from fakes.discord.voice.rooms import Room
    from fakes.discord.voice.server import FakeVoice

FRAME_S = 0.02


@dataclass(frozen=True)
class Spoken:
    """A frame that was sent; `at` as of `Arrival` (`time.time`)."""

    at: float
    sequence: int
    opus: bytes


class Caller:
    """A person in a voice channel; made by `FakeVoice.join`."""

    def __init__(self, voice: FakeVoice, person: Person, room: Room) -> None:
        self.person = person
        self.room: Room | None = None
        self.ssrc = secrets.randbits(31)
        self.spoken: list[Spoken] = []
        """Everything sent, but silence frames."""
        self._voice = voice
        self._sequence = secrets.randbits(16)
        self._timestamp = secrets.randbits(32)
        self._quiet_since = time.monotonic()
        self._encoder = sound.speech_encoder()
        self._dave = davey.DaveSession(dave.VERSION, person.id, room.channel.id)
        self._pending: tuple[bytes, bool] | None = None
        self.enter(room)

    @property
    def id(self) -> int:
        return self.person.id

    @property
    def frames(self) -> list[bytes]:
        """The Opus frames of `spoken`."""
        return [each.opus for each in self.spoken]

    @property
    def privacy_code(self) -> str | None:
        """What this person's client shows to compare with others' of the call."""
        return self._dave.voice_privacy_code

    # What they do.

    async def say(self, what: Sound, *, pace: float = 1.0) -> list[bytes]:
        """Speak, a frame each 20 ms times `pace` (0: at once), and five silence frames at the end.

        Returns the Opus frames. Ends early when they leave; who is muted speaks, but nothing of it is sent.
        """
        frames = sound.encode(sound.read(what), self._encoder)
        loop = asyncio.get_running_loop()
        begun = loop.time()
        self.begin()
        for number, frame in enumerate(frames):
            if pace:
                await asyncio.sleep(begun + number * FRAME_S * pace - loop.time())
            if self.room is None:
                return frames[:number]
            self.send(frame)
            if not pace and number % 25 == 24:
                # Whoever reads the other end in a thread needs a moment before its buffer is full.
                await asyncio.sleep(0.002)
        self.end()
        return frames

    def begin(self) -> None:
        """Begin to speak: the time of the pause before passes, and others are told whose sound it is."""
        self._timestamp += int((time.monotonic() - self._quiet_since) * sound.RATE)
        if self.room is not None and not self.muted:
            self.room.speaks(self)

    def send(self, opus: bytes) -> None:
        """Send one frame now."""
        if self.room is None or self.muted:
            return
        payload = opus
        if self.room.group is not None and self.room.group.encrypting:
            if not self._dave.ready:
                return
            payload = self._dave.encrypt_opus(opus)
            if self.room.network.garbled:
                payload = bytes(byte ^ 1 for byte in payload[:8]) + payload[8:]
        self._sequence = (self._sequence + 1) & 0xFFFF
        self._timestamp = (self._timestamp + FRAME) & 0xFFFFFFFF
        if opus != SILENCE:
            self.spoken.append(Spoken(time.time(), self._sequence, opus))
        self.room.relay(Packet(self._sequence, self._timestamp, self.ssrc, payload))

    def end(self) -> None:
        """Stop speaking: five frames of silence, then nothing."""
        for _ in range(5):
            self.send(SILENCE)
        self._quiet_since = time.monotonic()
        if self.room is not None:
            self.room.flush()

    @property
    def muted(self) -> bool:
        state = self._voice.states.of(self.id, self._room.channel)
        return state.self_mute or state.mute

    def mute(self, muted: bool = True) -> None:
        """Press the button of one's microphone."""
        self._voice.states.change(self.id, self._room.channel, self_mute=muted)

    def deafen(self, deaf: bool = True) -> None:
        """Press the button of one's headphones."""
        self._voice.states.change(self.id, self._room.channel, self_deaf=deaf)

    def move(self, channel: Channel) -> None:
        """Go to another voice channel of the guild."""
        self._voice.admit(self.person, channel)
        self._room.leave(self)
        self._voice.states.put(self.person.user, channel)
        self._dave.reinit(dave.VERSION, self.id, channel.id)
        self.enter(self._voice.room(channel))

    def leave(self) -> None:
        """Hang up."""
        room = self._room
        self.room = None
        room.leave(self)
        self._voice.states.remove(self.person.user, room.channel)

    async def ready(self) -> None:
        """Returns once everybody in the call is in its encrypted group."""
        room = self._room
        if room.group is not None:
            group = room.group
            await self._voice.until(lambda: group.settled)

    def enter(self, room: Room) -> None:
        self.room = room
        room.enter(self)

    @property
    def _room(self) -> Room:
        if self.room is None:
            raise Impossible(f"{self.person.user.name} is in no voice channel")
        return self.room

    # As a device in the group.

    def hears(self, user: int, payload: bytes) -> bytes:
        """What somebody else's frame says; `ValueError` where it is not encrypted for this group."""
        frame: bytes = self._dave.decrypt(user, davey.MediaType.audio, payload)
        return frame

    def external_sender(self, package: bytes) -> None:
        self._dave.set_external_sender(package)
        self._offer()

    def _offer(self) -> None:
        self._group.key_package(self.id, self._dave.get_serialized_key_package())

    def propose(self, data: bytes) -> None:
        made = self._dave.process_proposals(davey.ProposalsOperationType.append, data[1:])
        if made is not None:
            self._group.commit(self.id, made.commit + (made.welcome or b""))

    def announce(self, transition: int, commit: bytes) -> None:
        self._pending = (commit, False)
        self._group.ready(self.id, transition)

    def welcome(self, transition: int, welcome: bytes) -> None:
        self._pending = (welcome, True)
        self._group.ready(self.id, transition)

    def execute(self, _: int) -> None:
        """Only now: until everybody is ready, what they say stays in the old epoch. A downgrade has no message."""
        if self._pending is None:
            return
        message, is_welcome = self._pending
        self._pending = None
        if is_welcome:
            self._welcomed(message)
        else:
            self._dave.process_commit(message)

    def _welcomed(self, message: bytes) -> None:
        try:
            self._dave.process_welcome(message)
        except ValueError:
            self._group.invalid(self.id, 0)
            self.prepare_epoch()

    def prepare_transition(self, transition: int, _: int) -> None:
        self._group.ready(self.id, transition)

    def prepare_epoch(self) -> None:
        self._pending = None
        self._dave.reinit(dave.VERSION, self.id, self._room.channel.id)
        self._offer()

    @property
    def _group(self) -> dave.Group:
        group = self._room.group
        assert group is not None
        return group
