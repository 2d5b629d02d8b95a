"""Speech and noise for tests: people's, from Debian's packages, and espeak-ng's; turns made of them, ends known.

People's recordings are prompts of telephone systems: short sentences in five languages. They are split by name,
once and for all: what is tuned is tuned on `TUNING`, what is told is measured on `HELD_OUT`, which has other
recordings, and languages that tuning never heard.
"""

from __future__ import annotations

import functools
import hashlib
import itertools
import random
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import av
import numpy as np

from trunkline.audio.codecs import decode
from trunkline.audio.pcm import SAMPLE_RATE, Pcm, Resampler, Samples, to_mono

Half: TypeAlias = Literal["tuning", "held out"]
TUNING: Half = "tuning"
HELD_OUT: Half = "held out"
LANGUAGES: dict[Half, tuple[str, ...]] = {TUNING: ("en", "it"), HELD_OUT: ("en", "es", "fr", "it", "ru")}
SEEDS: dict[Half, int] = {TUNING: 1, HELD_OUT: 2}

PROMPTS = Path("/usr/share/asterisk/sounds")
"""`asterisk-core-sounds-{es,fr,it,ru}-wav` (8 kHz) and `-en-g722` (16 kHz)."""
SENTENCES = Path("/usr/share/pocketsphinx/test/data")
"""`pocketsphinx-testdata`: sentences of people's at 16 kHz with transcripts."""
MUSIC = Path("/usr/share/asterisk/moh")
"""`asterisk-moh-opsound-wav`: music on hold."""

LONG_S = (1.0, 7.0)
"""Seconds that a prompt lasts which a turn is made of."""
UNBROKEN_S = 0.2
"""The longest silence within one."""
TAIL_S = 5.0
"""Silence behind a turn."""
HUM_DBFS = -65.0
"""The room's own noise, below everything."""

EMPTY_BYTES = 44
"""A WAV file without a sample: a language that needs no word there."""

_STEP = SAMPLE_RATE // 100


@dataclass(frozen=True, eq=False)
class Turn:
    """What a microphone hears of one."""

    sound: Samples
    """16 kHz: silence, speech, silence."""
    begins_ms: float
    ends_ms: float
    """Where the speech ends, by its energy."""
    language: str


def speech(text: str, *, voice: str = "en", rate: int = SAMPLE_RATE) -> Samples:
    """Said by espeak-ng at `rate`."""
    command = ["espeak-ng", "-v", voice, "--stdout", text]
    done = subprocess.run(command, capture_output=True, check=True)
    return to_mono(decode(done.stdout, rate, 1))


def hum(seconds: float, seed: int = 0, level_dbfs: float = HUM_DBFS) -> Samples:
    """A room in which nobody talks."""
    noise = np.random.default_rng(seed).standard_normal(round(seconds * SAMPLE_RATE))
    return (noise * 10 ** (level_dbfs / 20)).astype(np.float32)


def typing(seconds: float, seed: int = 0) -> Samples:
    """A keyboard: clicks of 5–15 ms, six a second, loud."""
    generator = random.Random(seed)
    sound = hum(seconds, seed)
    for key in range(int(seconds * 6)):
        at = int((key + generator.random()) / 6 * SAMPLE_RATE)
        length = generator.randint(80, 240)
        click = np.random.default_rng(seed + key).uniform(-0.5, 0.5, length) * np.geomspace(1.0, 0.01, length)
        part = sound[at : at + length]
        part += click[: len(part)].astype(np.float32)
    return sound


@functools.cache
def sentence(name: str) -> Samples:
    """One of pocketsphinx's, such as `cards/001`: raw WAV of 16 kHz."""
    return to_mono(decode((SENTENCES / f"{name}.wav").read_bytes(), SAMPLE_RATE, 1))


def prompt(name: str) -> Samples:
    """One of the English prompts by its name: "digits/1" is "one"."""
    return _read(next(PROMPTS.glob(f"en_*/{name}.g722")))


def music(number: int = 0) -> Samples:
    return to_mono(decode(sorted(MUSIC.glob("*.wav"))[number].read_bytes(), SAMPLE_RATE, 1))


def _read(path: Path) -> Samples:
    if path.suffix != ".g722":
        return to_mono(decode(path.read_bytes(), SAMPLE_RATE, 1))
    with av.open(str(path), format="g722") as file:
        parts: list[Pcm] = [frame.to_ndarray().reshape(-1).astype(np.int16) for frame in file.decode(audio=0)]
    return Resampler(SAMPLE_RATE).feed(to_mono(np.concatenate(parts)))


def _loud(sound: Samples) -> list[int]:
    """The steps of 10 ms that are no silence: at most 40 dB below the loudest."""
    whole = sound[: len(sound) - len(sound) % _STEP].reshape(-1, _STEP)
    power = np.mean(np.square(whole, dtype=np.float64), axis=1)
    return [int(step) for step in np.flatnonzero(power > power.max(initial=0.0) * 1e-4)]


def _unbroken(sound: Samples) -> Samples | None:
    """The speech without the silence around it; None where it is too long, too short or has pauses."""
    loud = _loud(sound)
    if len(loud) < 2:
        return None
    gaps = [after - before for before, after in itertools.pairwise(loud)]
    length = (loud[-1] + 1 - loud[0]) / 100
    if not LONG_S[0] <= length <= LONG_S[1] or max(gaps) > UNBROKEN_S * 100:
        return None
    return sound[loud[0] * _STEP : (loud[-1] + 1) * _STEP]


def _half(path: Path) -> Half:
    return TUNING if hashlib.sha256(path.stem.encode()).digest()[0] % 2 else HELD_OUT


def _files(language: str) -> list[Path]:
    kind = "g722" if language == "en" else "wav"
    found = sorted(PROMPTS.glob(f"{language}_*/*.{kind}"))
    found = [path for path in found if path.stat().st_size > EMPTY_BYTES]
    if not found:
        raise FileNotFoundError(f"there are no prompts: apt-get install asterisk-core-sounds-{language}-{kind}")
    return found


@functools.cache
def prompts(language: str, half: Half) -> tuple[Samples, ...]:
    """Sentences without a pause, of one half."""
    read = (_unbroken(_read(path)) for path in _files(language) if _half(path) == half)
    return tuple(sound for sound in read if sound is not None)


def turns(half: Half, count: int, pauses_s: tuple[float, float] | None = None) -> Iterator[Turn]:
    """`count` turns in each language of a half, after lead-ins of 0.3–2.5 s, the same ones every time.

    Of one sentence, or with `pauses_s` of two of the same voice, with a pause of such a length between them.
    """
    for language in LANGUAGES[half]:
        generator = random.Random(f"{SEEDS[half]} {language} {pauses_s}")
        known = prompts(language, half)
        for _ in range(count):
            said: list[Samples] = [generator.choice(known)]
            if pauses_s is not None:
                said += [_silence(generator.uniform(*pauses_s)), generator.choice(known)]
            yield _turn(said, generator, language)


def _turn(said: Sequence[Samples], generator: random.Random, language: str) -> Turn:
    lead_in = _silence(generator.uniform(0.3, 2.5))
    sound = np.concatenate((lead_in, *said, _silence(TAIL_S)))
    room = hum(len(sound) / SAMPLE_RATE, generator.getrandbits(32))[: len(sound)]
    begins, length = len(lead_in), sum(map(len, said))
    heard = np.clip(sound + room, -1.0, 1.0)
    return Turn(heard, begins / SAMPLE_RATE * 1_000, (begins + length) / SAMPLE_RATE * 1_000, language)


def _silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * SAMPLE_RATE), np.float32)
