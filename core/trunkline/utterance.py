"""What is said to an app aloud: the sound itself, on its way or as a whole, and what apps do with sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from .messages import Media

SPEECH_RATE = 16_000
"""Hz: what utterances have unless said otherwise; what speech is recognised in."""


@dataclass(frozen=True, slots=True)
class Voice:
    """How an app hears people and speaks. All at its default: it does neither."""

    stream_every: float | None = None
    """Seconds of sound that it takes at a time while an utterance lasts; None: an utterance is one file to it."""
    time_limit: float | None = None
    """Seconds after which it ends an utterance by itself."""
    speaks: tuple[str, ...] = ()
    """Labels of its outputs that are sound."""
    live: bool = False
    """One of these can be heard while it is still being made."""


@dataclass(frozen=True, slots=True)
class SendUtterance:
    """Something said aloud, from the first word to the pause behind the last.

    `media` is the whole of it, best a WAV; other sounds reach an app that listens as one piece. `stream` is the id
    of the `UtteranceStream` through which the app has heard it already; where the app no longer knows that one, it
    hears `media`.
    """

    media: Media
    stream: str = ""


class Signal(Protocol):
    """Something that happens once; an `asyncio.Event` is one."""

    def is_set(self) -> bool: ...

    async def wait(self) -> bool: ...


class UtteranceStream(Protocol):
    """An utterance on its way into an app while it is being said.

    Who opens it ends it, by `finish` or by `close`. Nothing here waits for the app but `finish`; what the app has
    to say about it, errors too, is said by the turn that answers.
    """

    @property
    def id(self) -> str:
        """Goes into `SendUtterance.stream`."""
        ...

    @property
    def ended(self) -> Signal:
        """Set when the app hears no more: it found the end itself, its time is up, or it failed."""
        ...

    async def send(self, pcm: bytes) -> None:
        """The next samples: 16 bits, little-endian, mono, at the rate it was opened with. Dropped once `ended`."""
        ...

    async def finish(self) -> None:
        """Nothing more was said; returns when the app has heard all of it."""
        ...

    async def close(self) -> None:
        """Give it up: nobody wants an answer. Does nothing once the app has heard all of it."""
        ...
