"""Utterances on their way to being questions: one after the other, in the order in which they ended."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace

from trunkline.audio.call import Earcon
from trunkline.audio.events import Utterance
from trunkline.calls import Talker
from trunkline.errors import TrunklineError
from trunkline.messages import Media, Option

from .hearing import LiveUtterance
from .held import pause_of
from .limits import UNDERSTANDING
from .parse import Question
from .recording import keep
from .stage import Stage
from .understanding import Understanding


@dataclass(frozen=True, slots=True, eq=False)
class _Uttered:
    talker: Talker
    utterance: Utterance
    live: LiveUtterance | None
    at: float
    id: str


class Interpreter:
    """Understands what is said in a call. `offered` gives the newest reply's options with its turn."""

    def __init__(
        self,
        stage: Stage,
        understanding: Understanding,
        offered: Callable[[], tuple[int, tuple[Option, ...]]],
        records: Callable[[], bool],
    ) -> None:
        self._stage = stage
        self._understanding = understanding
        self._offered = offered
        self._records = records
        self._queue: asyncio.Queue[_Uttered] = asyncio.Queue(UNDERSTANDING)
        self._worker: asyncio.Task[None] | None = None
        self._known_until: dict[str, float] = {}
        self._holding: dict[str, tuple[str, asyncio.Task[None]]] = {}
        """What is held until it is asked: its talker, and the task that holds it."""

    def begin(self) -> None:
        self._worker = self._stage.spawn(self._work())

    def drop_all(self) -> None:
        """Nothing of what was said and is not asked yet counts."""
        self.settle(*self._holding)
        while not self._queue.empty():
            _drop(self._queue.get_nowait().live)
        # Who asks for this may be the worker itself.
        if self._worker is not None and self._worker is not asyncio.current_task():
            self._worker.cancel()
            self.begin()

    def forget(self, talker_id: str) -> None:
        """They went, or are not to be heard: nothing of theirs is asked after the call."""
        self.settle(*(key for key, (talker, _) in self._holding.items() if talker == talker_id))

    def settle(self, *utterances: str) -> None:
        """They are asked, or nobody wants an answer: they need not be held any longer."""
        for utterance in utterances:
            _, holding = self._holding.pop(utterance, ("", None))
            if holding is not None and self._stage.open:
                self._stage.spawn(self._let_go(utterance, holding))

    async def _let_go(self, utterance: str, holding: asyncio.Task[None]) -> None:
        await asyncio.wait((holding,))
        await self._stage.shared.held.settle(utterance)

    def knows(self, talker_id: str) -> None:
        """For a while this talker need not call the app by its name."""
        self._known_until[talker_id] = self._stage.now() + self._stage.options.wake_s

    async def take(self, talker: Talker, utterance: Utterance, live: LiveUtterance | None) -> None:
        """An utterance that has ended. Of too many at once the last are not taken, and a tone says so."""
        stage = self._stage
        uttered = _Uttered(talker, utterance, live, stage.now(), uuid.uuid4().hex)
        try:
            self._queue.put_nowait(uttered)
            self._holding[uttered.id] = (talker.id, stage.spawn(self._hold(uttered)))
        except asyncio.QueueFull:
            _drop(live)
            await stage.do(stage.machine.nothing(talker.id, stage.now(), tone="failed"))

    async def _hold(self, uttered: _Uttered) -> None:
        stage, utterance = self._stage, uttered.utterance
        pause = pause_of(stage.transport, uttered.talker, uttered.id, uttered.at, stage.language)
        sound, records = utterance.wav(), self._records()
        held = replace(pause, seconds=utterance.duration_s, sound=sound, records=records)
        await stage.shared.held.put(held)

    async def _work(self) -> None:
        stage = self._stage
        while True:
            uttered = await self._queue.get()
            try:
                if uttered.id in self._holding:
                    await self._understand(uttered)
            except TrunklineError as error:
                # Not waited for: others want to be understood.
                stage.spawn(stage.say(error.user_message))
                await stage.do(stage.machine.nothing(uttered.talker.id, stage.now(), tone="failed"))
                self.settle(uttered.id)
            finally:
                _drop(uttered.live)

    async def _understand(self, uttered: _Uttered) -> None:
        stage, talker, utterance = self._stage, uttered.talker, uttered.utterance
        machine = stage.machine
        file = utterance.wav()
        turn, offered = self._offered()
        meant = await self._understanding.understand(
            file,
            utterance.duration_s,
            language=stage.language,
            offered=offered,
            known=stage.now() < self._known_until.get(talker.id, 0.0),
        )
        if uttered.id not in self._holding:
            # They went meanwhile, or took back that they may be heard.
            return
        if meant.meaning != "question":
            self.settle(uttered.id)
        match meant.meaning:
            case "stop":
                await stage.do(machine.stop())
            case "nothing":
                await stage.do(machine.nothing(talker.id, stage.now(), tone="listening"))
            case "not for us":
                await stage.do(machine.nothing(talker.id, stage.now()))
            case "called":
                self.knows(talker.id)
                await stage.do(machine.nothing(talker.id, stage.now(), tone="listening"))
            case "question":
                stream = await uttered.live.finish() if uttered.live and not meant.text else ""
                sound = await self._sound(file, needed=not meant.text)
                ended = uttered.at - (utterance.ended_ms - utterance.spoken_ms) / 1_000
                times = {"spoken": ended, "paused": uttered.at, "understood": stage.now()}
                question = Question(
                    talker.speaker,
                    meant.text,
                    meant.said,
                    sound,
                    stream,
                    meant.choice,
                    turn,
                    utterance=uttered.id,
                    times=times,
                )
                self.knows(talker.id)
                actions = machine.said(talker.id, question, stage.now())
                if Earcon("failed") in actions:
                    # Too many wait already.
                    self.settle(uttered.id)
                await stage.do(actions)

    async def _sound(self, file: bytes, *, needed: bool) -> Media | None:
        """The utterance on the shelf, where somebody wants it."""
        wanted = needed or self._records()
        return await keep(self._stage.core.media, file, "speech.wav") if wanted else None


def _drop(live: LiveUtterance | None) -> None:
    if live is not None:
        live.drop()
