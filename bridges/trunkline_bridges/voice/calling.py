"""One call, run on a transport: what people say goes to the core, what the app answers is played."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from trunkline.audio.call import Action, Arm, Ask, Cancel, Drop, Earcon, Forget, Play, Show, Silence, Tone
from trunkline.backend import AppProfile
from trunkline.calls import CallEvent, Joined, Left, Line, Pressed, Sound, VoiceTransport
from trunkline.errors import PlatformError, TrunklineError
from trunkline.messages import Json
from trunkline.telemetry import causes, log
from trunkline.words import words

from .asking import Dealings
from .attending import Audience
from .interpreting import Interpreter
from .limits import IDLE_TICK_S, TICK_S
from .parse import Question
from .replying import Replies
from .stage import Circumstances, Stage
from .understanding import Understanding


class Call:
    """`run` returns when the call has ended; `reply` is given what the app answers."""

    def __init__(self, transport: VoiceTransport, circumstances: Circumstances) -> None:
        self._stage = Stage(transport, circumstances, self._do)
        self._transport = transport
        self._running: _Parts | None = None

    async def run(self) -> None:
        """Run the call to its end. What keeps it from beginning is told to the people in it."""
        stage = self._stage
        try:
            profile = await stage.core.profile(self._transport.place.app)
        except TrunklineError as error:
            await self._refuse(error.user_message)
            return
        understanding = Understanding(profile, stage.speech, stage.options)
        if not understanding.native and not stage.speech.hears:
            await self._refuse(words("call_deaf"))
            return
        for sentence in self._warnings(profile):
            await stage.say(sentence)
        parts = self._running = _Parts(stage, profile, understanding)
        try:
            await self._converse(parts)
        except* TrunklineError as failures:
            log.warning("call broke off", bridge=self._transport.bridge, errors=causes(failures))
            await stage.say(words("call_broke_off"))
        finally:
            self._running = None
            parts.audience.close()

    async def hang_up(self) -> None:
        """End the call."""
        await self._stage.quietly(self._transport.leave())

    async def reply(self, body: Mapping[str, Json]) -> None:
        """What `render` made of a reply of this call; returns soon."""
        if self._running is not None and self._stage.open:
            await self._running.replies.reply(body)

    async def _converse(self, parts: _Parts) -> None:
        stage = self._stage
        speaking = False
        async with asyncio.TaskGroup() as group:
            stage.begin(group)
            parts.interpreter.begin()
            stage.spawn(self._tick(parts))
            try:
                stage.tone("listening")
                async for event in self._transport.events():
                    await self._happened(parts, event)
            except PlatformError as error:
                log.warning("call broke off", bridge=self._transport.bridge, error=type(error).__name__)
            finally:
                speaking = stage.machine.state == "speaking"
                stage.end()
        await parts.replies.hung_up(speaking=speaking)

    async def _happened(self, parts: _Parts, event: CallEvent) -> None:
        match event:
            case Joined(talker):
                if not talker.consents:
                    parts.interpreter.forget(talker.id)
                await parts.audience.joined(talker)
            case Left(left):
                parts.interpreter.forget(left)
                await parts.audience.left(left)
            case Sound(talker, chunk):
                await parts.audience.sound(talker, chunk)
            case Pressed():
                await self._pressed(parts, event)
            case Line(up):
                self._stage.loudspeaker.line(up=up)
                await self._do(self._stage.machine.line(self._stage.now(), up=up))

    async def _pressed(self, parts: _Parts, event: Pressed) -> None:
        machine = self._stage.machine
        match event.control:
            case "start":
                await self._do(machine.start())
            case "stop":
                await self._do(machine.stop())
            case "interrupt":
                await self._do(machine.interrupt(self._stage.now()))
            case "leave":
                await self.hang_up()
            case "mute" | "unmute":
                await parts.audience.mute(event.talker, on=event.control == "mute")
            case "talk" | "talked":
                await parts.audience.push(event.talker, down=event.control == "talk")

    async def _do(self, actions: Sequence[Action[Question]]) -> None:
        """Carry out what the machine decided. Nothing else happens before all of it is done."""
        parts = self._running
        if parts is None or not self._stage.open:
            return
        for action in actions:
            self._carry_out(parts, action)
        if any(isinstance(action, Silence) for action in actions):
            # Begun before this task waits for anything: who interrupts is not talked over.
            await self._stage.quietly(self._stage.loudspeaker.stop())

    def _carry_out(self, parts: _Parts, action: Action[Question]) -> None:
        match action:
            case Silence(number):
                parts.replies.silence(number)
            case Cancel(number):
                parts.replies.cancel(number)
            case Ask():
                parts.replies.ask(action, parts.audience.get(action.talker))
            case Play(number):
                parts.replies.play(number)
            case Forget(talker):
                parts.audience.forget(talker)
            case Arm(on):
                parts.audience.arm(on=on)
            case Drop():
                parts.interpreter.drop_all()
            case Earcon(tone):
                parts.tone(tone)
            case Show(state):
                self._stage.tell(state)

    async def _tick(self, parts: _Parts) -> None:
        stage = self._stage
        while True:
            busy = parts.audience.active or stage.machine.number
            await stage.shared.clock.sleep(TICK_S if busy else IDLE_TICK_S)
            await parts.audience.tick()
            await self._do(stage.machine.tick(stage.now()))
            caption = parts.replies.caption
            if caption:
                stage.tell(stage.machine.state, caption)

    def _warnings(self, profile: AppProfile) -> Sequence[str]:
        """What people would wait for in vain."""
        speech = self._stage.speech
        found: list[str] = []
        if not speech.speaks and not profile.voice.speaks:
            found.append(words("call_mute"))
        if self._stage.options.turn_taking == "wake" and not speech.hears:
            found.append(words("call_no_wake"))
        return found

    async def _refuse(self, sentence: str) -> None:
        await self._stage.say(sentence)
        await self.hang_up()


class _Parts:
    """What a call consists of while it lasts."""

    def __init__(self, stage: Stage, profile: AppProfile, understanding: Understanding) -> None:
        dealings = Dealings(stage.core, stage.transport, stage.shared.clock, profile, lambda: stage.language)
        self._stage = stage
        self.replies = Replies(stage, dealings, records=self._records, heard=self._heard, settled=self._settled)
        self.interpreter = Interpreter(stage, understanding, lambda: self.replies.offered, self._records)
        self.audience = Audience(stage, profile, self.interpreter.take, listens=not understanding.wakes)

    def tone(self, tone: Tone) -> None:
        self._stage.tone(tone)
        if tone == "thinking":
            self.replies.look_after()

    def _records(self) -> bool:
        return self._stage.options.record and self.audience.all_consent

    def _heard(self, talker: str) -> None:
        self.interpreter.knows(talker)

    def _settled(self, questions: Sequence[Question]) -> None:
        self.interpreter.settle(*(one.utterance for one in questions))
