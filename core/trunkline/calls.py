"""The seam of calls: what a bridge with sound offers, and what the voice bridge runs a call on.

A bridge that can hear people (a Discord voice channel, the microphone of a page) makes a `VoiceTransport` for each
call and hands it to `Calls.hold`; the voice bridge, which took the calls with `Calls.take`, runs it until it ends.
What is said stands in the place of the transport's own bridge: spoken and written turns share one history.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from .errors import SpeechError, UsageError

if TYPE_CHECKING:
    from numpy import int16
    from numpy.typing import NDArray

    from .audio.pcm import Chunk
    from .bridge import Target
    from .inbound import Place
    from .messages import Media, Speaker

CallState: TypeAlias = Literal["connecting", "listening", "hearing", "thinking", "speaking", "stopped", "ended"]
"""What a call does, for people to see. "hearing": somebody speaks. "stopped": the microphone is off till Start."""


@dataclass(frozen=True, slots=True)
class Talker:
    """Somebody who can be heard in a call."""

    id: str
    """Unique in the call."""
    speaker: Speaker
    consents: bool = True
    """They agreed to be listened to; who did not is not heard, and not recorded."""


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody came, or consents by now."""

    talker: Talker


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody went, was muted for good, or takes their consent back."""

    talker: str


@dataclass(frozen=True, slots=True)
class Sound:
    """PCM of one person, of any rate and width. Who is silent may send nothing: the call's clock sees to it."""

    talker: str
    chunk: Chunk
    at: float
    """When it arrived, in seconds by the call's clock."""


@dataclass(frozen=True, slots=True)
class Pressed:
    """A control of the call: Start and Stop Conversation, interrupt the reply, push to talk, mute, leave."""

    control: Literal["start", "stop", "interrupt", "talk", "talked", "mute", "unmute", "leave"]
    talker: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """The connection was lost, or is back. While it is lost nothing is heard and nothing is played."""

    up: bool


CallEvent: TypeAlias = "Joined | Left | Sound | Pressed | Line"


@dataclass(frozen=True, slots=True)
class Tuning:
    """How a call sounds: settings of the conversation, over those of the voice bridge. "" and 0: not set."""

    language: str = ""
    """BCP 47, as in "fr" or "pt-BR"."""
    voice: str = ""
    """As the engine that speaks names its voices."""
    speed: float = 0.0
    """1.0 is the voice's own."""


def aloud(target: Target) -> Target:
    """Where a turn of a call is heard: what a bridge's `companions` hand on to the voice bridge."""
    return {name: target[name] for name in ("call", "language") if target.get(name)}


class VoiceTransport(Protocol):
    """One call. Raises `PlatformError` only; everything ends once `events` does."""

    @property
    def bridge(self) -> str:
        """The bridge whose call it is: it posts the text side."""
        ...

    @property
    def name(self) -> str:
        """Names the call among all of this process; `target["call"]` of its turns."""
        ...

    @property
    def place(self) -> Place:
        """The conversation's place: that of the written messages there."""
        ...

    @property
    def conversation(self) -> int:
        """The conversation meant, where the platform knows it; 0 is the place's current one."""
        ...

    @property
    def tuning(self) -> Tuning: ...

    @property
    def rate(self) -> int:
        """Samples a second that `play` takes."""
        ...

    @property
    def channels(self) -> int:
        """Channels that `play` takes."""
        ...

    @property
    def echoes(self) -> bool:
        """The microphone may hear the loudspeaker: the first second of playback does not count as barge-in."""
        ...

    def events(self) -> AsyncIterator[CallEvent]:
        """What happens, until the call ends. Read once."""
        ...

    def target(self, talker: Talker, said: str, recording: Media | None) -> Target:
        """Where a turn of the call is answered in writing; holds `{"call": self.name}`.

        The call adds `language` where it is known; `aloud` makes the companion's target of it.

        `said` is the transcript ("" where nobody transcribes) and `recording` the utterance where it is kept: they
        stand on the text side, as what was asked. What is transcribed only after the call has ended is put into
        the target as `said`, its sound as `recording` (JSON of a `Media`).
        """
        ...

    async def play(self, pcm: NDArray[int16]) -> None:
        """Queue samples, shape (n, channels); returns at once, or when less than a few seconds are queued."""
        ...

    async def ended(self) -> None:
        """No more samples come for this reply: what is queued is played to its end."""
        ...

    async def stop_playing(self) -> None:
        """Drop what is queued: the last packet leaves within 20 ms."""
        ...

    @property
    def played(self) -> int:
        """Samples (of one channel) that were played since the call began, as far as the transport knows."""
        ...

    async def drained(self) -> None:
        """Returns once all that is queued was played or dropped."""
        ...

    async def show(self, state: CallState, caption: str = "") -> None:
        """Show what the call does; `caption` is what is being said, by them or by us."""
        ...

    async def say(self, text: str) -> None:
        """Tell the people in the call something in writing: that the app failed, what went wrong."""
        ...

    async def leave(self) -> None:
        """End the call; `events` ends."""
        ...


class Speech(Protocol):
    """Speech to text and text to speech, as the settings name them. Raises `SpeechError`."""

    @property
    def hears(self) -> bool:
        """Speech becomes text."""
        ...

    @property
    def speaks(self) -> bool:
        """Text becomes speech."""
        ...

    @property
    def language(self) -> str:
        """BCP 47: what is spoken where a conversation says nothing else; "" for any."""
        ...

    async def wake(self) -> None:
        """Have what turns speech into text ready, so that the first question does not wait for a model to load."""
        ...

    async def transcribe(self, sound: bytes, *, language: str = "") -> str:
        """What is said in a sound file of any format; "" for silence. `MediaError` when it is no sound."""
        ...

    def speak(self, text: str, tuning: Tuning) -> AsyncIterator[Chunk]:
        """PCM of a text, the first chunk as early as it is there."""
        ...


class NoSpeech:
    """No engine is set: only apps that hear and speak themselves can be called."""

    hears = False
    speaks = False
    language = ""

    async def wake(self) -> None:
        """There is nothing."""

    async def transcribe(self, sound: bytes, *, language: str = "") -> str:
        raise SpeechError("Nothing here turns speech into text: set speech.to_text.")

    def speak(self, text: str, tuning: Tuning) -> AsyncIterator[Chunk]:
        raise SpeechError("Nothing here turns text into speech: set speech.from_text.")


Taker: TypeAlias = "Callable[[VoiceTransport], Awaitable[None]]"
"""Runs a call until it ends."""


class Calls:
    """Where bridges bring their calls, and the voice bridge takes them."""

    def __init__(self) -> None:
        self._taker: Taker | None = None
        self._records = False

    @property
    def taken(self) -> bool:
        """Somebody runs calls in this process."""
        return self._taker is not None

    @property
    def records(self) -> bool:
        """What is said in calls is kept as sound: who is heard has to agree to that."""
        return self.taken and self._records

    def take(self, taker: Taker, *, records: bool = False) -> Callable[[], None]:
        """Run all calls that come from now on, until the result is called."""
        self._taker, self._records = taker, records

        def leave() -> None:
            if self._taker is taker:
                self._taker = None

        return leave

    async def hold(self, transport: VoiceTransport) -> None:
        """Run a call until it ends. `UsageError` while nobody takes calls in this process."""
        if self._taker is None:
            raise UsageError("Calls need the voice bridge: run it too (trunkline run --voice).")
        await self._taker(transport)
