"""When does a rule hear that a speaker has finished, and how often too early? What does hearing cost?

Turns are made of recordings that nothing was tuned on (`fakes.speech`), in five languages, after lead-ins of
0.3–2.5 s: of one sentence, and of two with a pause between them of 0.3–0.5 s or 0.5–1.2 s. A turn is cut when its
end is told before it; latency is from the end of speech to the chunk of 20 ms with which the end is told, over all
turns not cut.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from fakes.speech import HELD_OUT, LANGUAGES, Half, Turn, hum, music, prompts, turns
from trunkline.audio.endpointing import EndOfTurn, GuideRule, TrailingSilence
from trunkline.audio.events import LimitReached, PauseDetected
from trunkline.audio.pause import PauseDetector, PauseSettings
from trunkline.audio.pcm import SAMPLE_RATE, Pcm, Samples, to_int16
from trunkline.audio.vad import FRAME, Vad, silero

PER_LANGUAGE = 60
KINDS: dict[str, tuple[float, float] | None] = {
    "cut_unbroken": None,
    "cut_short_pauses": (0.3, 0.5),
    "cut_long_pauses": (0.5, 1.2),
}
CHUNK = SAMPLE_RATE // 50
ROUNDS = 5
PIECES = 5
"""Of music on hold, 18 minutes."""
DISCORD_RATE = 48_000


class Rule(Protocol):
    """Tells at which millisecond it takes a turn for finished, or None when it never does."""

    def __call__(self, sound: Samples) -> float | None: ...


class Detector:
    """Our pipeline with a rule of its own, fed as a platform feeds it."""

    def __init__(self, vad: Vad, rule: Callable[[PauseSettings], EndOfTurn]) -> None:
        self._vad = vad
        self._rule = rule

    def __call__(self, sound: Samples) -> float | None:
        settings = PauseSettings()
        detector = PauseDetector(settings, self._vad, self._rule(settings))
        pcm = to_int16(sound)
        for start in range(0, len(pcm), CHUNK):
            for event in detector.feed((SAMPLE_RATE, pcm[start : start + CHUNK])):
                if isinstance(event, PauseDetected | LimitReached):
                    return (start + CHUNK) / SAMPLE_RATE * 1_000
        return None


class ReplyOnPause:
    """FastRTC's rule, by its published description and defaults.

    Each 0.6 s of sound are judged by themselves: more than 0.2 s of speech in them begin the turn, less than 0.1 s
    after that end it. Speech is what Silero finds, its stretches widened by 400 ms, those below 250 ms left out.
    """

    CHUNK_S, STARTED_S, PAUSED_S = 0.6, 0.2, 0.1
    THRESHOLD, LEAVE, MIN_SPEECH_S, PAD_S = 0.5, 0.35, 0.25, 0.4

    def __init__(self, vad: Vad) -> None:
        self._vad = vad

    def __call__(self, sound: Samples) -> float | None:
        size = round(self.CHUNK_S * SAMPLE_RATE)
        started = False
        for start in range(0, len(sound) - size + 1, size):
            spoken = self._speech(sound[start : start + size])
            if not started:
                started = spoken > self.STARTED_S
            elif spoken < self.PAUSED_S:
                return (start + size) / SAMPLE_RATE * 1_000
        return None

    def _speech(self, sound: Samples) -> float:
        """Seconds of speech; silence within is never long enough (2 s) to end it."""
        self._vad.reset()
        frames = [sound[at : at + FRAME] for at in range(0, len(sound), FRAME)]
        judged = [self._vad(np.pad(frame, (0, FRAME - len(frame)))) for frame in frames]
        first = next((at for at, value in enumerate(judged) if value >= self.THRESHOLD), None)
        if first is None:
            return 0.0
        length = len(sound) / SAMPLE_RATE
        begin = first * FRAME / SAMPLE_RATE
        return length - max(0.0, begin - self.PAD_S) if length - begin > self.MIN_SPEECH_S else 0.0


def rules() -> dict[str, Rule]:
    vad = silero()
    return {
        "ours": Detector(vad, lambda settings: TrailingSilence(settings.end_ms)),
        "guide": Detector(vad, lambda _: GuideRule()),
        "fastrtc": ReplyOnPause(vad),
        "silence_500": Detector(vad, lambda _: TrailingSilence(500)),
        "silence_1000": Detector(vad, lambda _: TrailingSilence(1_000)),
        "silence_1600": Detector(vad, lambda _: TrailingSilence(1_600)),
    }


def judged(rule: Rule, asked: Sequence[Turn]) -> tuple[float, list[float], float]:
    """The fraction cut, the latencies in ms of those that are not, and the fraction whose end is never told."""
    told = [(rule(turn.sound), turn.ends_ms) for turn in asked]
    late = [at - end for at, end in told if at is not None]
    after = [delay for delay in late if delay >= 0.0]
    return (len(late) - len(after)) / len(told), after, (len(told) - len(late)) / len(told)


def accuracy(half: Half = HELD_OUT, per_language: int = PER_LANGUAGE) -> dict[str, Any]:
    asked = {kind: list(turns(half, per_language, pauses)) for kind, pauses in KINDS.items()}
    results: dict[str, Any] = {"endpointing.turns": sum(map(len, asked.values()))}
    for name, rule in rules().items():
        latencies: list[float] = []
        missed: list[float] = []
        for kind, those in asked.items():
            cut, late, never = judged(rule, those)
            results[f"endpointing.{name}.{kind}"] = round(cut, 4)
            latencies += late
            missed.append(never)
        hundredths = statistics.quantiles(latencies, n=100)
        results[f"endpointing.{name}.latency_p50_ms"] = round(hundredths[49], 1)
        results[f"endpointing.{name}.latency_p95_ms"] = round(hundredths[94], 1)
        results[f"endpointing.{name}.missed"] = round(statistics.fmean(missed), 4)
    return results


# What hearing costs


class _Never:
    """Lets an utterance grow to the cap."""

    def hear(self, moment: object, utterance: object) -> bool:
        return False

    def reset(self) -> None:
        pass


def talk(seconds: float) -> Pcm:
    """People talking without an end, as Discord gives it: 48 kHz, two channels."""
    known = [sound for language in LANGUAGES[HELD_OUT] for sound in prompts(language, HELD_OUT)]
    said = np.concatenate(known)[: round(seconds * SAMPLE_RATE)]
    said = np.clip(said + hum(len(said) / SAMPLE_RATE)[: len(said)], -1.0, 1.0)
    return np.repeat(np.repeat(to_int16(said), DISCORD_RATE // SAMPLE_RATE)[:, None], 2, axis=1)


def _chunks(pcm: Pcm) -> list[Pcm]:
    size = DISCORD_RATE // 50
    return [pcm[start : start + size] for start in range(0, len(pcm), size)]


def cpu(vad: Vad) -> float:
    """CPU seconds for a second of talk, utterances cut and handed over included."""
    chunks = _chunks(talk(120.0))
    spent = []
    for _ in range(ROUNDS):
        detector = PauseDetector(PauseSettings(), vad)
        before = time.process_time()
        for chunk in chunks:
            detector.feed((DISCORD_RATE, chunk))
        spent.append((time.process_time() - before) / 120.0)
    return statistics.median(spent)


def growth(vad: Vad) -> tuple[float, float]:
    """Milliseconds of CPU for a chunk of 20 ms in the second after 1 s of an utterance, and in that after 28 s."""
    early: list[float] = []
    late: list[float] = []
    chunks = _chunks(talk(29.5))
    for _ in range(ROUNDS * 2):
        detector = PauseDetector(PauseSettings(), vad, _Never())
        for at, chunk in enumerate(chunks):
            if at in (50, 1400):
                before = time.process_time()
            detector.feed((DISCORD_RATE, chunk))
            if at in (99, 1449):
                (early if at == 99 else late).append((time.process_time() - before) * 1_000 / 50)
    return statistics.median(early), statistics.median(late)


def false_turns(vad: Vad) -> float:
    """Turns that an hour of music on hold begins."""
    turns_, seconds = 0, 0.0
    for number in range(PIECES):
        sound = music(number)
        seconds += len(sound) / SAMPLE_RATE
        heard = PauseDetector(PauseSettings(), vad).feed((SAMPLE_RATE, sound))
        turns_ += sum(isinstance(event, PauseDetected | LimitReached) for event in heard)
    return turns_ / seconds * 3_600


async def measure() -> dict[str, Any]:
    results = accuracy()
    vad = silero()
    gc.collect()
    early, late = growth(vad)
    results |= {
        "voice.cpu_s_per_audio_s": round(cpu(vad), 6),
        "voice.chunk_ms_at_1s": round(early, 4),
        "voice.chunk_ms_at_28s": round(late, 4),
        "voice.false_turns_per_hour_of_music": round(false_turns(vad), 1),
        "voice.chunk_cost_ratio_28s_vs_1s": round(late / early, 3),
    }
    return results
