"""One reply being heard: sentences to speech, the app's own sounds, and how much of them reached people."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Final

from trunkline.audio.codecs import StreamDecoder, sliced
from trunkline.audio.pcm import Chunk, Pcm
from trunkline.audio.spoken import unsaid
from trunkline.bridge import Core
from trunkline.calls import Speech, Tuning
from trunkline.errors import MediaError, TrunklineError
from trunkline.messages import AppFile, Blob
from trunkline.words import words

from .parse import Spoken
from .recording import Recording
from .sounding import Converter, Loudspeaker

_CHARACTERS_A_SECOND: Final = 15.0
"""Of speech: tells how long a sentence will be that is still being made."""
_NEARLY: Final = 0.05
"""Of a word that was heard but for so much, people heard it."""


@dataclass(slots=True)
class _Stretch:
    """Something of a reply where it was or will be heard, in samples. `text` None: sound of the app's own."""

    text: str | None
    begin: int
    end: int
    whole: bool = False


@dataclass(frozen=True, slots=True)
class HeardSoFar:
    """What people heard of a reply: the words that were read, the ms of the app's own sound; None: it had none."""

    text: str | None
    ms: int | None
    samples: int
    """Of what was read."""


class Playback:
    """Speaks one reply. `run` is its task; `feed` is given what `render` makes of each snapshot.

    `first` is called when there is something to be heard; it is heard once `allow` was called. `trouble` is told
    what of the reply could not be heard, and why; the rest follows.
    """

    def __init__(
        self,
        core: Core,
        speech: Speech,
        loudspeaker: Loudspeaker,
        *,
        app: str,
        tuning: Callable[[], Tuning],
        first: Callable[[], None],
        trouble: Callable[[TrunklineError], None],
        record: bool,
    ) -> None:
        self.recording = Recording(loudspeaker.rate) if record else None
        self._core = core
        self._speech = speech
        self._loudspeaker = loudspeaker
        self._app = app
        self._tuning = tuning
        self._first = first
        self._trouble = trouble
        self._newest = Spoken(0, "running")
        self._news = asyncio.Event()
        self._allowed = asyncio.Event()
        self._asked_for = False
        self._over = False
        self._said: list[str] = []
        self._sounds = 0
        self._stretches: list[_Stretch] = []

    def feed(self, spoken: Spoken) -> None:
        """The reply as it is by now; the last one is not running."""
        self._newest = spoken
        self._news.set()

    def allow(self) -> None:
        """The reply may be heard."""
        self._allowed.set()

    def give_up(self) -> None:
        """Nothing more of it is played."""
        self._over = True

    async def run(self) -> None:
        """Play it; returns once all was heard. `PlatformError` when the transport refuses."""
        while (item := await self._next()) is not None:
            try:
                await self._perform(item)
            except TrunklineError as error:
                self._trouble(error)
        if self._stretches:
            await self._loudspeaker.ended()
            await self._loudspeaker.drained()

    def heard(self) -> HeardSoFar | None:
        """What was heard by now; None when nothing of it can be heard at all."""
        at = self._loudspeaker.played
        texts = [one for one in self._stretches if one.text is not None]
        sounds = [one for one in self._stretches if one.text is None]
        if not self._stretches:
            return None
        read = " ".join(filter(None, (self._words(one, at) for one in texts)))
        ms = round(sum(_within(one, at) for one in sounds) * 1_000 / self._loudspeaker.rate)
        samples = sum(_within(one, at) for one in texts)
        return HeardSoFar(read if texts else None, ms if sounds else None, samples)

    def caption(self) -> str:
        """The sentence that is being heard; "" between sentences."""
        at = self._loudspeaker.played
        return next((one.text for one in self._stretches if one.text and one.begin <= at < one.end), "")

    async def _next(self) -> str | AppFile | Blob | None:
        """What comes next: a sentence or a sound; None at the end."""
        while True:
            newest = self._newest
            if self._sounds < len(newest.sounds):
                self._sounds += 1
                return newest.sounds[self._sounds - 1]
            left = unsaid(self._said, newest.sentences) if self._speech.speaks else ()
            if left:
                self._said.append(left[0])
                return left[0]
            if not newest.running:
                return None
            self._news.clear()
            await self._news.wait()

    async def _perform(self, item: str | AppFile | Blob) -> None:
        if isinstance(item, str):
            chunks = self._speech.speak(item, self._tuning())
            await self._play(item, _converted(chunks, self._loudspeaker.rate))
        else:
            await self._play(None, self._decoded(item))

    async def _play(self, text: str | None, parts: AsyncGenerator[Pcm, None]) -> None:
        stretch: _Stretch | None = None
        async with aclosing(parts):
            async for pcm in parts:
                if self._over:
                    return
                await self._may_play()
                if stretch is None:
                    at = self._loudspeaker.position
                    stretch = _Stretch(text, at, at)
                    self._stretches.append(stretch)
                if self.recording is not None and text is not None:
                    self.recording.add(pcm)
                await self._loudspeaker.play(pcm)
                stretch.end = self._loudspeaker.position
        if stretch is not None:
            stretch.whole = True

    async def _may_play(self) -> None:
        if not self._asked_for:
            self._asked_for = True
            self._first()
        await self._allowed.wait()

    async def _decoded(self, sound: AppFile | Blob) -> AsyncGenerator[Pcm, None]:
        decoder = StreamDecoder(self._loudspeaker.rate, min(2, self._loudspeaker.channels))
        broken: TrunklineError | None = None
        heard = False
        try:
            try:
                async with aclosing(self._bytes(sound)) as pieces:
                    async for piece in pieces:
                        for pcm in decoder.feed(piece):
                            heard = True
                            yield pcm
                        await asyncio.sleep(0)
            except TrunklineError as error:
                # What came before it can still be heard.
                broken = error
            for pcm in decoder.close():
                heard = True
                yield pcm
        finally:
            # Who stops listening does not ask whether the rest was sound.
            with suppress(TrunklineError):
                decoder.close()
        if broken is not None or not heard:
            raise broken or MediaError(words("call_no_sound"))

    async def _bytes(self, sound: AppFile | Blob) -> AsyncGenerator[bytes, None]:
        if isinstance(sound, AppFile):
            async for piece in self._core.sound(self._app, sound):
                for part in sliced(piece):
                    yield part
            return
        for part in sliced(await self._core.media.read(sound.sha256)):
            yield part

    def _words(self, one: _Stretch, at: int) -> str:
        """The words of a sentence that were heard."""
        assert one.text is not None
        if one.whole and at >= one.end:
            return one.text
        guess = len(one.text) / _CHARACTERS_A_SECOND * self._loudspeaker.rate
        length = one.end - one.begin if one.whole else max(one.end - one.begin, guess)
        said = one.text.split()
        share = _within(one, at) / length if length else 0.0
        return " ".join(said[: int(min(1.0, share) * len(said) + _NEARLY)])


def _within(one: _Stretch, at: int) -> int:
    """Samples of a stretch that were heard."""
    return max(0, min(one.end, at) - one.begin)


async def _converted(chunks: AsyncIterator[Chunk], rate: int) -> AsyncGenerator[Pcm, None]:
    converter = Converter(rate)
    try:
        async for chunk in chunks:
            for pcm in converter.feed(chunk):
                yield pcm
        for pcm in converter.flush():
            yield pcm
    finally:
        if isinstance(chunks, AsyncGenerator):
            await chunks.aclose()
