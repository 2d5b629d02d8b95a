"""What was said in calls that ended before it was asked: it is answered in writing, once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from trunkline import codec
from trunkline.bridge import Core, Target
from trunkline.calls import Speech
from trunkline.clock import Clock
from trunkline.errors import TrunklineError
from trunkline.inbound import Say
from trunkline.telemetry import log

from .held import Held, Pause
from .options import VoiceOptions
from .parse import Question, Where, inbound
from .recording import keep
from .understanding import Understanding

LOOK_S: Final = 5.0
"""How often leases are renewed and leftovers looked for; well within a lease."""


class Leftovers:
    """Of this process's calls and of those whose process is gone. `calls` names those that are held here."""

    def __init__(
        self, core: Core, speech: Speech, options: VoiceOptions, held: Held, calls: Callable[[], Iterable[str]]
    ) -> None:
        self._core = core
        self._speech = speech
        self._options = options
        self._held = held
        self._calls = calls

    async def run(self, clock: Clock) -> None:
        """Until cancelled."""
        while True:
            for call in tuple(self._calls()):
                await self._held.alive(call)
            await self.take_up()
            await clock.sleep(LOOK_S)

    async def take_up(self) -> None:
        """Ask what is left, in the order in which it was said. What cannot be asked now is tried again."""
        try:
            left = await self._held.left()
        except TrunklineError as error:
            log.warning("leftovers of calls not read", error=type(error).__name__)
            return
        waiting: set[str] = set()
        for pause in left:
            if pause.call in waiting or pause.call in self._calls():
                continue
            try:
                await self._ask(pause)
            except TrunklineError as error:
                # What was said behind it there stays behind it.
                waiting.add(pause.call)
                log.warning("leftover of a call not asked", call=pause.call, error=type(error).__name__)
            else:
                await self._held.settle(pause.id)

    async def _ask(self, pause: Pause) -> None:
        profile = await self._core.profile(pause.place.app)
        understanding = Understanding(profile, self._speech, self._options)
        meant = await understanding.understand(
            pause.sound, pause.seconds, language=pause.language, offered=(), known=False
        )
        if meant.meaning != "question":
            return
        wanted = pause.records or not meant.text
        sound = await keep(self._core.media, pause.sound, "speech.wav") if wanted else None
        question = Question(pause.speaker, meant.text, meant.said, sound)
        where = Where(pause.place, pause.conversation)
        # Where it was asked before the end, the core knows its key.
        event = inbound(where, pause.key, pause.speaker, Say(question.parts), pause.at, _target(pause, question))
        await self._core.accept(event)


def _target(pause: Pause, question: Question) -> Target:
    """Where it is answered, with what the transport could not know."""
    recording = {"recording": codec.encode(question.sound)} if question.sound is not None else {}
    return {**pause.target, "said": question.said, **recording}
