"""The people in a call: who is heard, and what each of them is doing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence

from trunkline.audio.events import Event, LimitReached, PauseDetected, SpeechStarted, Utterance
from trunkline.audio.pause import PauseDetector
from trunkline.audio.pcm import Chunk
from trunkline.backend import AppProfile
from trunkline.calls import Talker
from trunkline.errors import MediaError

from .hearing import Ear, LiveUtterance, pause_settings
from .stage import Stage

Uttered = Callable[[Talker, Utterance, LiveUtterance | None], Coroutine[object, object, None]]


class Audience:
    """Everybody in the call. `uttered` is given what they said; `listens`: the app hears them while they speak."""

    def __init__(self, stage: Stage, profile: AppProfile, uttered: Uttered, *, listens: bool) -> None:
        self._stage = stage
        self._listens = listens and profile.accepts.speech and profile.voice.stream_every is not None
        self._uttered = uttered
        self._talkers: dict[str, Talker] = {}
        self._ears: dict[str, Ear] = {}
        self._told: set[str] = set()
        """Talkers of whom it was said that their sound cannot be used."""

    @property
    def all_consent(self) -> bool:
        return all(talker.consents for talker in self._talkers.values())

    def get(self, talker_id: str) -> Talker | None:
        return self._talkers.get(talker_id)

    def close(self) -> None:
        """Nobody is heard any more."""
        for talker_id in tuple(self._ears):
            self._deafen(talker_id)

    async def joined(self, talker: Talker) -> None:
        """They are there; who does not consent is not heard."""
        self._talkers[talker.id] = talker
        if not talker.consents:
            await self._lost(talker.id)

    async def left(self, talker_id: str) -> None:
        self._talkers.pop(talker_id, None)
        await self._lost(talker_id)

    async def sound(self, talker_id: str, chunk: Chunk) -> None:
        """A chunk of somebody's. What is no sound is told once and left out."""
        talker = self._talkers.get(talker_id)
        if talker is None or not talker.consents:
            return
        ear = await self._ear(talker)
        try:
            for events in ear.hear(chunk, self._stage.now()):
                await self._noted(ear, events)
                # A chunk may last for minutes: nobody else waits for it.
                await asyncio.sleep(0)
        except MediaError as error:
            if talker_id not in self._told:
                self._told.add(talker_id)
                # Not waited for: meanwhile nobody would be heard.
                self._stage.spawn(self._stage.say(error.user_message))

    @property
    def active(self) -> bool:
        """Somebody makes a sound, or did lately."""
        now = self._stage.now()
        return any(ear.talking or ear.heard_lately(now) for ear in self._ears.values())

    async def tick(self) -> None:
        """Time goes on: who sends nothing is silent."""
        now = self._stage.now()
        for talker_id, ear in tuple(self._ears.items()):
            # Who left while another was waited for has given the detector back.
            if self._ears.get(talker_id) is ear:
                await self._noted(ear, ear.tick(now))

    def arm(self, *, on: bool) -> None:
        for ear in self._ears.values():
            ear.arm(on=on)

    def forget(self, talker_id: str) -> None:
        if talker_id in self._ears:
            self._ears[talker_id].forget()

    async def mute(self, talker_id: str, *, on: bool) -> None:
        """Somebody's microphone; "" is everybody's."""
        stage = self._stage
        for talker in [one for one in self._talkers.values() if talker_id in ("", one.id) and one.consents]:
            (await self._ear(talker)).mute(on=on)
            if on:
                await stage.do(stage.machine.hushed(talker.id, stage.now()))

    async def push(self, talker_id: str, *, down: bool) -> None:
        """Push to talk: an utterance lasts as long as the button is held, and ends a reply that plays."""
        stage, talker = self._stage, self._talkers.get(talker_id)
        if talker is None or not talker.consents or stage.options.turn_taking != "push":
            return
        ear, machine = await self._ear(talker), stage.machine
        if down:
            if machine.state == "speaking":
                await stage.do(machine.interrupt(stage.now()))
            ear.press()
            await stage.do(machine.speech(talker_id, stage.now()))
            return
        utterance = ear.let_go()
        if utterance is not None:
            await self._paused(ear, utterance)
        else:
            await stage.do(machine.hushed(talker_id, stage.now()))

    async def _lost(self, talker_id: str) -> None:
        self._deafen(talker_id)
        await self._stage.do(self._stage.machine.left(talker_id, self._stage.now()))

    def _deafen(self, talker_id: str) -> None:
        ear = self._ears.pop(talker_id, None)
        if ear is not None:
            ear.forget()
            self._stage.shared.pool.release(ear.vad)

    async def _ear(self, talker: Talker) -> Ear:
        """Only what happens in the call asks for one, and one thing happens at a time."""
        ear = self._ears.get(talker.id)
        if ear is None:
            stage = self._stage
            shared, options = stage.shared, stage.options
            while not shared.pool.ready:
                # On a thread: 34 ms would be heard in every call.
                await asyncio.to_thread(shared.pool.warm)
            vad = shared.pool.acquire()
            detector = PauseDetector(pause_settings(options), vad, shared.rule())
            ear = Ear(talker, detector, vad, stage.now(), open_=options.turn_taking != "push")
            ear.arm(on=stage.machine.armed)
            self._ears[talker.id] = ear
        return ear

    async def _noted(self, ear: Ear, events: Sequence[Event]) -> None:
        """What a pause detector tells."""
        stage = self._stage
        for event in events:
            match event:
                case SpeechStarted():
                    await stage.do(stage.machine.speech(ear.talker.id, stage.now()))
                    self._let_listen(ear)
                case PauseDetected(utterance) | LimitReached(utterance):
                    await self._paused(ear, utterance)
                case _:
                    pass

    async def _paused(self, ear: Ear, utterance: Utterance) -> None:
        live = ear.take_live(utterance)
        await self._stage.do(self._stage.machine.paused(ear.talker.id))
        await self._uttered(ear.talker, utterance, live)

    def _let_listen(self, ear: Ear) -> None:
        """Open the app's own ear, where what is said will be asked as it is."""
        stage = self._stage
        alone = stage.machine.state == "hearing" and not stage.machine.number and ear.talking
        if self._listens and alone and ear.live is None:
            place, conversation = stage.transport.place, stage.transport.conversation
            live = LiveUtterance(lambda: stage.core.listen(place, ear.talker.speaker, conversation))
            stage.spawn(live.run())
            ear.listen(live)
