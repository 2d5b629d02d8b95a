"""A call's dealings with the core: questions become turns, interrupted turns end, what was heard is kept."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from trunkline.backend import AppProfile
from trunkline.bridge import Answer, Core, Target
from trunkline.calls import Talker, VoiceTransport
from trunkline.clock import Clock
from trunkline.errors import Denied, TrunklineError
from trunkline.inbound import Choose, Command, Edit, Heard, Say, Stop
from trunkline.messages import Media, Speaker
from trunkline.telemetry import log

from .limits import CLOSING_S
from .parse import Question, Where, called, inbound
from .playing import HeardSoFar, Playback
from .recording import joined, keep


@dataclass(eq=False)
class Asked:
    """A turn of the call. `turn` is 0 till the core has taken it."""

    number: int
    talker: Talker | None
    """None: it was asked for in writing."""
    questions: tuple[Question, ...] = ()
    joins: Asked | None = None
    """The turn whose question this one completes."""
    turn: int = 0
    conversation: int = 0
    given_up: bool = False
    heard: HeardSoFar | None = None
    playback: Playback | None = None
    asking: asyncio.Task[None] | None = None
    playing: asyncio.Task[None] | None = None
    times: dict[str, float] = field(default_factory=dict)
    """When what happened, in seconds of the call's clock."""


class Dealings:
    """With the core, on behalf of one call."""

    def __init__(
        self,
        core: Core,
        transport: VoiceTransport,
        clock: Clock,
        profile: AppProfile,
        language: Callable[[], str],
    ) -> None:
        self._language = language
        self._core = core
        self._transport = transport
        self._clock = clock
        self._profile = profile
        self._ending: set[asyncio.Task[None]] = set()

    async def ask(self, asked: Asked) -> Answer:
        """Have the question answered. `Denied` when it is not; `TrunklineError` when it cannot be stored."""
        await self._ended()
        if asked.given_up:
            return Answer("ignored")
        assert asked.talker is not None
        question = await self._merged(asked.questions)
        recording = question.sound
        answered = self._transport.target(asked.talker, question.said, recording)
        target = called(answered, self._transport.name, self._language())
        command = self._command(asked, question)
        key = question.utterance
        answer = await self._accept(asked.talker.speaker, command, target=target, key=key)
        if answer.outcome == "denied" and isinstance(command, Edit):
            # Nothing of the first half was stored.
            answer = await self._accept(asked.talker.speaker, Say(question.parts), target=target, key=key)
        if answer.outcome in ("denied", "ignored"):
            raise Denied(answer.text)
        asked.turn, asked.conversation = answer.turn, answer.conversation
        return answer

    def end(self, ending: asyncio.Task[None]) -> None:
        """`ending` ends a turn: the next question waits for it."""
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    async def stop(self, asked: Asked) -> None:
        """End a turn that was given up, and keep what was heard of its reply."""
        if asked.asking is not None:
            await asyncio.wait((asked.asking,))
        if not asked.turn:
            return
        speaker = self._speaker(asked)
        try:
            await self._accept(speaker, Stop(asked.turn), asked.conversation)
            if asked.heard is not None:
                heard = asked.heard
                recording = await self._recording(asked, heard.samples)
                kept = Heard(asked.turn, text=heard.text, ms=heard.ms, recording=recording)
                await self._accept(speaker, kept, asked.conversation)
        except TrunklineError as error:
            log.warning("turn of a call not ended", turn=asked.turn, error=type(error).__name__)

    async def keep(self, asked: Asked) -> None:
        """Keep the sound of a reply that was heard to its end."""
        try:
            recording = await self._recording(asked)
            if recording is not None and asked.turn:
                kept = Heard(asked.turn, recording=recording)
                await self._accept(self._speaker(asked), kept, asked.conversation)
        except TrunklineError as error:
            log.warning("spoken reply not kept", turn=asked.turn, error=type(error).__name__)

    async def _ended(self) -> None:
        if self._ending:
            patience = asyncio.ensure_future(self._clock.sleep(CLOSING_S))
            try:
                ending = asyncio.gather(*self._ending, return_exceptions=True)
                await asyncio.wait((ending, patience), return_when=asyncio.FIRST_COMPLETED)
            finally:
                patience.cancel()

    async def _recording(self, asked: Asked, samples: int | None = None) -> Media | None:
        """What was read out, where it is kept."""
        playback = asked.playback
        if playback is None or playback.recording is None:
            return None
        # On a thread: minutes of sound would hold up every call.
        file = await asyncio.to_thread(playback.recording.file, samples)
        return await keep(self._core.media, file, "reply.wav") if file else None

    async def _merged(self, questions: Sequence[Question]) -> Question:
        """Questions that belong together, as one."""
        first, *more = questions
        if not more:
            return first
        said = " ".join(filter(None, (one.said for one in questions)))
        sounds = [one.sound for one in questions if one.sound is not None]
        sound = await joined(self._core.media, sounds, sounds[0].name) if sounds else None
        text = " ".join(filter(None, (one.text for one in questions)))
        if not all(one.text for one in questions) and sound is not None:
            # Half of it is known as sound alone: so is all of it.
            text = ""
        last = questions[-1]
        return Question(first.speaker, text, said, sound, utterance=last.utterance, times=last.times)

    def _command(self, asked: Asked, question: Question) -> Command:
        if question.choice is not None:
            return Choose(question.choice, question.offered)
        former = asked.joins
        if former is not None and former.turn and self._profile.abilities.edit:
            return Edit(question.parts, former.turn)
        return Say(question.parts, question.stream)

    def _speaker(self, asked: Asked) -> Speaker:
        if asked.talker is not None:
            return asked.talker.speaker
        place = self._transport.place
        return Speaker(place.platform, place.user, team=place.team)

    async def _accept(
        self,
        speaker: Speaker,
        command: Command,
        conversation: int = 0,
        *,
        target: Target | None = None,
        key: str = "",
    ) -> Answer:
        transport = self._transport
        where = Where(transport.place, conversation or transport.conversation)
        name = f"{transport.name}:{key or uuid.uuid4().hex}"
        event = inbound(where, name, speaker, command, self._clock.now(), target or {"call": transport.name})
        return await self._core.accept(event)
