"""`trunkline check --voice`: what has to load, and a word spoken and understood by the engines of `[speech]`."""

from __future__ import annotations

import asyncio
import ctypes
import time
from collections.abc import Sequence
from typing import Final

import numpy as np

from trunkline.audio.codecs import opus_library, wav
from trunkline.audio.pcm import SAMPLE_RATE, Pcm
from trunkline.audio.vad import silero
from trunkline.bridge import Finding
from trunkline.calls import Speech, Tuning
from trunkline.errors import TrunklineError

from .hearing import rules
from .options import VoiceOptions
from .sounding import Converter

WORD: Final = "one"


async def check(options: VoiceOptions, speech: Speech, opus: str | None = None) -> Sequence[Finding]:
    """Load and try everything that a call needs. May take as long as a model takes to load.

    `opus` is where libopus is; None: where calls look for it.
    """
    library = opus_library() if opus is None else opus
    findings = [await asyncio.to_thread(_detection, options), await asyncio.to_thread(_opus, library)]
    sound = np.zeros(SAMPLE_RATE // 2, np.int16)
    if speech.speaks:
        spoken = await _spoken(speech)
        if isinstance(spoken, Finding):
            findings.append(spoken)
        else:
            sound = spoken
            findings.append(Finding(True, f"speech.from_text says {WORD!r} in {len(sound) / SAMPLE_RATE:.1f} s."))
    if speech.hears:
        findings.append(await _understood(speech, sound))
    if not speech.hears:
        findings.append(Finding(True, "speech.to_text is not set: only apps that hear can be called."))
    if not speech.speaks:
        text = "speech.from_text is not set: what apps that do not speak answer is written, and not heard."
        findings.append(Finding(True, text))
    return findings


def _detection(options: VoiceOptions) -> Finding:
    """The models that hear whether somebody speaks, and whether they have finished."""
    try:
        vad = silero()
        vad(np.zeros(vad.frame, np.float32))
        rules(options)()
    except TrunklineError as error:
        return Finding(False, f"voice: {error.user_message}")
    return Finding(True, f"voice: speech is detected by {type(vad).__name__}, its end by {options.end_of_turn}.")


def _opus(library: str) -> Finding:
    try:
        ctypes.CDLL(library or "libopus")
    except OSError:
        return Finding(
            False, "voice: there is no libopus, which Discord's calls need: pip install trunkline[voice]."
        )
    return Finding(True, "voice: libopus loads.")


async def _spoken(speech: Speech) -> Pcm | Finding:
    """The word as sound, at the rate of utterances."""
    converter = Converter(SAMPLE_RATE)
    parts: list[Pcm] = []
    try:
        async for chunk in speech.speak(WORD, Tuning()):
            parts += converter.feed(chunk)
        parts += converter.flush()
    except TrunklineError as error:
        return Finding(False, f"speech.from_text: {error.user_message}")
    if not any(part.any() for part in parts):
        return Finding(False, f"speech.from_text: there is no sound in a spoken {WORD!r}.")
    return np.concatenate(parts)


async def _understood(speech: Speech, sound: Pcm) -> Finding:
    begun = time.monotonic()
    try:
        said = (await speech.transcribe(wav(sound, SAMPLE_RATE))).strip()
    except TrunklineError as error:
        return Finding(False, f"speech.to_text: {error.user_message}")
    took = f"{time.monotonic() - begun:.1f} s with loading"
    if not sound.any():
        return Finding(True, f"speech.to_text answers ({took}).")
    # A grammar need not have the word, nor the language that is set.
    return Finding(True, f"speech.to_text understands {said!r} where {WORD!r} is said ({took}).")
