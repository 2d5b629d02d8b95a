"""The turns of a call: asked one at a time, their replies played, given up where people interrupt."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from trunkline.audio.call import Ask
from trunkline.calls import Talker
from trunkline.errors import PlatformError, TrunklineError
from trunkline.messages import Json, Option
from trunkline.telemetry import log

from .asking import Asked, Dealings
from .parse import Question, Spoken, spoken
from .playing import Playback
from .stage import Stage


class Replies:
    """`records`: what is read out is kept. `heard` is told whose question was answered.

    `settled` is told of questions that are stored, or are not to be asked.
    """

    def __init__(
        self,
        stage: Stage,
        dealings: Dealings,
        *,
        records: Callable[[], bool],
        heard: Callable[[str], None],
        settled: Callable[[Sequence[Question]], None],
    ) -> None:
        self.offered: tuple[int, tuple[Option, ...]] = (0, ())
        """The newest reply's turn and options."""
        self._stage = stage
        self._dealings = dealings
        self._records = records
        self._heard = heard
        self._settled = settled
        self._asked: Asked | None = None
        self._given_up: Asked | None = None
        self._newest_turn = 0
        self._accepting = 0
        self._accepted = asyncio.Event()

    @property
    def caption(self) -> str:
        """The sentence that is being heard; "" for none."""
        asked = self._asked
        return asked.playback.caption() if asked is not None and asked.playback is not None else ""

    async def reply(self, body: Mapping[str, Json]) -> None:
        """What `render` made of a reply; returns soon."""
        heard = spoken(body)
        while self._accepting and heard.turn > self._newest_turn:
            # The core may deliver before it has told which turn it began.
            self._accepted.clear()
            await self._accepted.wait()
        if not self._stage.open:
            return
        if heard.turn > self._newest_turn:
            await self._adopt(heard)
        asked = self._asked
        if asked is not None and asked.turn == heard.turn:
            await self._fed(asked, heard)

    def ask(self, action: Ask[Question], talker: Talker | None) -> None:
        """Have a question answered. Where its talker has left it goes with them."""
        stage = self._stage
        if talker is None:
            self._settled(action.questions)
            stage.spawn(self._over(action.number))
            return
        former = self._given_up if len(action.questions) > 1 else None
        asked = self._asked = Asked(action.number, talker, action.questions, former)
        asked.times |= action.questions[-1].times
        asked.asking = stage.spawn(self._put(asked))
        stage.caption(action.questions[-1].said)

    def play(self, number: int) -> None:
        """The reply may be heard."""
        asked = self._asked
        if asked is not None and asked.number == number and asked.playback is not None:
            asked.playback.allow()

    def silence(self, number: int) -> None:
        """Nothing more of the reply is queued; what was heard of it is noted."""
        asked = self._asked
        if asked is not None and asked.number == number and asked.playback is not None:
            asked.heard = asked.playback.heard()
            asked.playback.give_up()
            if asked.playing is not None:
                asked.playing.cancel()

    def cancel(self, number: int) -> None:
        """End the turn."""
        asked = self._asked
        if asked is None or asked.number != number:
            return
        self._asked = None
        self._given_up = asked
        asked.given_up = True
        if asked.playing is not None:
            asked.playing.cancel()
        self._dealings.end(self._stage.spawn(self._dealings.stop(asked), outlasts=True))

    async def hung_up(self, *, speaking: bool) -> None:
        """The call is over: a reply in the middle of which it ended was not heard any further."""
        asked = self._asked
        if asked is not None and speaking:
            asked.heard = asked.playback.heard() if asked.playback is not None else None
            await self._dealings.stop(asked)

    def look_after(self) -> None:
        """Somebody waits for long: see whether the turn still is one."""
        if self._asked is not None:
            self._stage.spawn(self._look_after(self._asked))

    async def _look_after(self, asked: Asked) -> None:
        """A turn that ended without a word to us (taken back, say) is not waited for."""
        if not asked.turn or asked.playing is not None:
            return
        try:
            found = await self._stage.core.turn(asked.turn)
        except TrunklineError as error:
            log.warning("turn of a call not found", turn=asked.turn, error=type(error).__name__)
            return
        at_work = found is not None and found.view.state in ("received", "running", "answered")
        if not at_work and self._asked is asked and not asked.times.keys() & {"written", "sounding"}:
            await self._over(asked.number)

    async def _put(self, asked: Asked) -> None:
        """Put the question to the core."""
        stage = self._stage
        self._accepting += 1
        try:
            await self._dealings.ask(asked)
            self._settled(asked.questions)
            asked.times["asked"] = stage.now()
            self._newest_turn = max(self._newest_turn, asked.turn)
        except TrunklineError as error:
            self._settled(asked.questions)
            await stage.say(error.user_message)
            await stage.do(stage.machine.failed(asked.number))
            await self._over(asked.number)
        finally:
            self._accepting -= 1
            self._accepted.set()

    async def _over(self, number: int) -> None:
        if self._asked is not None and self._asked.number == number:
            self._asked = None
        await self._stage.do(self._stage.machine.over(number, self._stage.now()))

    async def _adopt(self, heard: Spoken) -> None:
        """A reply of the call's place that was asked for in writing: it is heard where nothing else is."""
        self._newest_turn = heard.turn
        stage = self._stage
        number, actions = stage.machine.adopt(stage.now())
        if number:
            self._asked = Asked(number, None, turn=heard.turn)
            await stage.do(actions)

    async def _fed(self, asked: Asked, heard: Spoken) -> None:
        stage = self._stage
        if heard.sentences or heard.sounds:
            asked.times.setdefault("written", stage.now())
        if heard.state == "stopped":
            # Somebody stopped it in the chat.
            await stage.do(stage.machine.interrupt(stage.now()))
            return
        if not heard.running:
            self.offered = (heard.turn, heard.options)
        if heard.state == "failed":
            await stage.do(stage.machine.failed(asked.number))
        playback = asked.playback
        if not stage.open:
            return
        if playback is None:
            playback = asked.playback = self._playback(asked)
            asked.playing = stage.spawn(self._play(asked, playback))
        playback.feed(heard)

    def _playback(self, asked: Asked) -> Playback:
        stage = self._stage
        told: list[str] = []

        def trouble(error: TrunklineError) -> None:
            if not told:
                told.append(error.user_message)
                stage.tone("failed")
                stage.spawn(stage.say(error.user_message))

        def first() -> None:
            asked.times["sounding"] = stage.now()
            stage.shared.timing.answered(asked.turn, asked.times)
            stage.spawn(self._sounding(asked.number))

        return Playback(
            stage.core,
            stage.speech,
            stage.loudspeaker,
            app=stage.transport.place.app,
            tuning=lambda: stage.transport.tuning,
            first=first,
            trouble=trouble,
            record=self._records(),
        )

    async def _sounding(self, number: int) -> None:
        await self._stage.do(self._stage.machine.sounding(number, self._stage.now()))

    async def _play(self, asked: Asked, playback: Playback) -> None:
        try:
            await playback.run()
        except PlatformError as error:
            log.warning("reply not heard", turn=asked.turn, error=type(error).__name__)
        if playback.recording is not None:
            self._stage.spawn(self._dealings.keep(asked), outlasts=True)
        if asked.talker is not None:
            self._heard(asked.talker.id)
        await self._over(asked.number)
