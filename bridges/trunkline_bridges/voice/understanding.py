"""From an utterance to a question: what was said, whether to us, and whether it chooses or stops something."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from trunkline.accepting import takes
from trunkline.audio.spoken import addressed, choice_of, is_stop
from trunkline.backend import AppProfile
from trunkline.calls import Speech
from trunkline.messages import Media, Option

from .limits import STOP_WORD_S
from .options import VoiceOptions

_CLIP: Final = Media("audio", None, "speech.wav", "audio/wav")

Meaning = Literal["question", "stop", "nothing", "called", "not for us"]


@dataclass(frozen=True, slots=True)
class Understood:
    """What was meant. `text` "" for a question: the app hears for itself; `said` is the transcript, if any."""

    meaning: Meaning
    text: str = ""
    said: str = ""
    choice: int | None = None


def hears_itself(profile: AppProfile) -> bool:
    """The app takes sound."""
    return profile.accepts.speech or takes(profile.accepts, _CLIP)


class Understanding:
    """Makes sense of utterances, for a call with one app."""

    def __init__(self, profile: AppProfile, speech: Speech, options: VoiceOptions) -> None:
        self.native = hears_itself(profile)
        self._speech = speech
        self._options = options

    @property
    def wakes(self) -> bool:
        """Only what is said to the app by its name counts. Nobody can tell without a transcript."""
        return self._options.turn_taking == "wake" and self._speech.hears

    def reads(self, duration_s: float, offered: Sequence[Option]) -> bool:
        """Whether a transcript is wanted."""
        if not self._speech.hears:
            return False
        return not self.native or self.wakes or bool(offered) or duration_s <= STOP_WORD_S

    async def understand(
        self, sound: bytes, duration_s: float, *, language: str, offered: Sequence[Option], known: bool
    ) -> Understood:
        """What a WAV says. `known`: the talker need not call us by name. Errors are those of `Speech`."""
        if not self.reads(duration_s, offered):
            return Understood("question")
        text = (await self._speech.transcribe(sound, language=language)).strip()
        if not text:
            return Understood("question" if self.native and not self.wakes else "nothing")
        if is_stop(text, language):
            return Understood("stop")
        if self.wakes:
            called = addressed(text, self._options.wake_words)
            if called is None and not known:
                return Understood("not for us")
            if called is not None and is_stop(called, language):
                return Understood("stop")
            if called == "":
                return Understood("called")
            text = called if called is not None else text
        choice = choice_of(text, offered, language) if offered else None
        return Understood("question", "" if self.native and choice is None else text, text, choice)
