"""The calls of all visitors: who has one, who runs it, and what becomes of it when a page goes away."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from trunkline.backend import AppProfile
from trunkline.calls import Calls, Speech, Talker, Tuning
from trunkline.clock import Clock
from trunkline.errors import Denied, TrunklineError
from trunkline.inbound import Place
from trunkline.messages import Json, Speaker
from trunkline.words import words
from trunkline.workers import Workers

from ..requests import CallRequest, EndCall, Mute, Played, PressCall, StartCall
from .frames import INPUT_RATE, OUTPUT_RATE

if TYPE_CHECKING:
    from ..options import WebOptions
    from ..outbox import Outbox
    from .transport import WebVoice

RESUME_SECONDS: Final = 15.0
"""How long a call waits for a page that went away."""
DRAIN_SECONDS: Final = 2.0
"""In which calls end when the bridge does."""


class Caller(Protocol):
    """A connection, as calls see it."""

    call: WebVoice | None

    @property
    def outbox(self) -> Outbox: ...

    @property
    def app(self) -> str: ...

    @property
    def visitor(self) -> str: ...


class Calling:
    """Belongs to one event loop. `run` owns the calls' tasks; without it there are no calls."""

    def __init__(self, calls: Calls, speech: Speech, options: WebOptions, clock: Clock) -> None:
        self._calls = calls
        self._speech = speech
        self._allowed = options.voice == "auto"
        self._clock = clock
        self._workers = Workers()
        self._waits = Workers()
        self._runs = False
        self._of_visitor: dict[str, WebVoice] = {}
        self._numbers = itertools.count(1)

    # What is offered

    @property
    def hears(self) -> bool:
        """Speech becomes text, also that of clips."""
        return self._speech.hears

    @property
    def records(self) -> bool:
        """What is said is kept as sound: a visitor has to agree before."""
        return self._calls.records

    def offers(self, profile: AppProfile) -> bool:
        """Calls are run here, and the app hears people, or something turns what they say into text for it."""
        hears = profile.accepts.microphone or profile.voice.stream_every is not None
        return self._allowed and self._calls.taken and (hears or self._speech.hears)

    def members(self, profile: AppProfile) -> dict[str, Json]:
        """The protocol's `Voice`."""
        if not self.offers(profile):
            return {"input": False, "output": False}
        offered: dict[str, Json] = {
            "input": True,
            "output": bool(profile.voice.speaks) or self._speech.speaks,
            "input_rate": INPUT_RATE,
            "output_rate": OUTPUT_RATE,
            "codecs": ["pcm_s16le"],
        }
        return offered | ({"records": True} if self.records else {})

    # Their life

    async def run(self) -> None:
        """Run calls until cancelled."""
        self._runs = True
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            # It takes no more while it ends, and nobody waits for a page any longer.
            self._runs = False
            for voice in tuple(self._of_visitor.values()):
                voice.close(words("server_restarts"))
            await self._waits.drain(0)
            await self._workers.drain(DRAIN_SECONDS)

    def of_visitor(self, visitor: str) -> WebVoice | None:
        return self._of_visitor.get(visitor)

    def resume(self, caller: Caller, request: StartCall) -> bool:
        """Give a call its page back, tuned as it wants; False when that call is over."""
        voice = self._of_visitor.get(caller.visitor)
        if voice is None or voice.whose.number != request.resume or voice.whose.app != caller.app:
            return False
        voice.whose = replace(voice.whose, tuning=_tuning_of(request))
        if voice.wire is caller.outbox:
            return True
        if voice.wire is not None:
            # The connection before this one is dead, and nobody has noticed yet.
            voice.lose()
        caller.call = voice
        voice.attach(caller.outbox)
        return True

    def check_free(self, visitor: str) -> None:
        """`Denied` while the visitor talks in another window; a call that has lost its page ends."""
        voice = self._of_visitor.get(visitor)
        if voice is None:
            return
        if voice.wire is not None:
            raise Denied(words("call_elsewhere"))
        voice.close()

    def start(
        self,
        caller: Caller,
        request: StartCall,
        place: Place,
        speaker: Speaker,
        after: Callable[[], Awaitable[None]],
    ) -> None:
        """Begin a call in `request.conversation`; `after` is awaited at its end. `Denied` without a taker."""
        if not self._runs or not self._calls.taken:
            raise Denied(words("no_calls"))
        self.check_free(caller.visitor)
        from .transport import WebVoice, Whose

        whose = Whose(
            number=next(self._numbers),
            app=caller.app,
            visitor=caller.visitor,
            talker=Talker("visitor", speaker),
            place=place,
            conversation=request.conversation,
            tuning=_tuning_of(request),
            input_rate=request.input_rate or INPUT_RATE,
        )
        voice = WebVoice(whose, self._clock)
        self._of_visitor[caller.visitor] = voice
        caller.call = voice
        voice.attach(caller.outbox)
        self._workers.start(self._hold(voice, after), "web call")

    async def _hold(self, voice: WebVoice, after: Callable[[], Awaitable[None]]) -> None:
        reason = words("call_broke_off")
        try:
            await self._calls.hold(voice)
            reason = ""
        except TrunklineError as error:
            reason = error.user_message
        finally:
            # What nobody foresaw ends this call alone.
            voice.close(reason)
            if self._of_visitor.get(voice.whose.visitor) is voice:
                del self._of_visitor[voice.whose.visitor]
        await after()

    # What pages do

    def hear(self, caller: Caller, data: bytes) -> None:
        """A binary frame of a page's; without a call it is dropped."""
        voice = _running(caller)
        if voice is not None:
            voice.feed(data)

    def take(self, caller: Caller, request: CallRequest) -> None:
        """Do what a page asks of its call; of a call that is over nothing is asked."""
        voice = _running(caller)
        if voice is None or voice.whose.number != request.call:
            return
        match request:
            case EndCall():
                voice.hang_up()
            case Mute(on=on):
                voice.mute(on=on)
            case PressCall(control=control):
                voice.press(control)
            case Played(track=track, samples=samples, done=done):
                voice.heard(track, samples, done=done)

    def leave(self, caller: Caller) -> None:
        """The connection ended: its call waits for the page to come back, for a while."""
        voice, caller.call = caller.call, None
        if voice is None or voice.over or voice.wire is not caller.outbox:
            return
        voice.lose()
        if self._runs:
            self._waits.start(self._hang_up(voice, voice.losses), "web call without a page")

    async def _hang_up(self, voice: WebVoice, losses: int) -> None:
        await self._clock.sleep(RESUME_SECONDS)
        if voice.wire is None and voice.losses == losses:
            voice.hang_up()

    def end(self, visitor: str, conversation: int | None = None) -> None:
        """End a visitor's call: they are somebody else now, or its conversation is gone."""
        voice = self._of_visitor.get(visitor)
        if voice is not None and conversation in {None, voice.whose.conversation}:
            voice.hang_up()


def _tuning_of(request: StartCall) -> Tuning:
    return Tuning(request.language, request.voice, request.speed)


def _running(caller: Caller) -> WebVoice | None:
    """The call that goes over this connection now."""
    voice = caller.call
    return voice if voice is not None and not voice.over and voice.wire is caller.outbox else None
