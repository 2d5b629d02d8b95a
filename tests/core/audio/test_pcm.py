"""Sound of any rate, width and number of channels becomes one stream, however it is cut."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from trunkline.audio.pcm import QUIETEST_DBFS, SAMPLE_RATE, Resampler, Samples, level, to_int16, to_mono
from trunkline.errors import MediaError

RATES = (8_000, 11_025, 12_345, 16_000, 22_050, 24_000, 44_100, 48_000, 96_000, 192_000)


@pytest.mark.parametrize(
    ("array", "expected"),
    [
        (np.array([-128, 0, 64], np.int8), [-1.0, 0.0, 0.5]),
        (np.array([0, 128, 192], np.uint8), [-1.0, 0.0, 0.5]),
        (np.array([-32_768, 0, 16_384], np.int16), [-1.0, 0.0, 0.5]),
        (np.array([-(2**31), 0, 2**30], np.int32), [-1.0, 0.0, 0.5]),
        (np.array([-1.0, 0.0, 0.5], np.float16), [-1.0, 0.0, 0.5]),
        (np.array([-1.0, 0.0, 0.5], np.float64), [-1.0, 0.0, 0.5]),
        (np.array([-7.0, np.nan, np.inf, -np.inf], np.float32), [-1.0, 0.0, 1.0, -1.0]),
        (np.array([[1.0, 0.0], [-0.5, -0.5]]), [0.5, -0.5]),
        (np.array([[16_384], [-16_384]], np.int16), [0.5, -0.5]),
        (np.zeros((0, 2), np.int16), []),
        (np.array([]), []),
    ],
)
def test_any_number_type_becomes_mono(array: NDArray[Any], expected: list[float]) -> None:
    sound = to_mono(array)
    assert sound.dtype == np.float32
    assert sound.tolist() == expected


@pytest.mark.parametrize(
    "array",
    [np.zeros((2, 2, 2)), np.array(0.5), np.array(["a"]), np.zeros(3, np.complex64), np.zeros((2, 16_000))],
    ids=["three axes", "no axis", "text", "complex", "channels first"],
)
def test_what_is_no_sound_is_refused_in_a_sentence(array: NDArray[Any]) -> None:
    with pytest.raises(MediaError, match=r"^Sound "):
        to_mono(array)


@given(st.lists(st.integers(-32_768, 32_767)))
def test_int16_comes_back_to_the_bit(values: list[int]) -> None:
    pcm = np.array(values, np.int16)
    assert np.array_equal(to_int16(to_mono(pcm)), pcm)


def test_full_scale_does_not_wrap() -> None:
    assert to_int16(np.array([1.0, -1.0], np.float32)).tolist() == [32_767, -32_768]


def test_levels() -> None:
    square = np.tile(np.array([1.0, -1.0]), 100)
    assert level(square) == 0.0
    assert level(square / 10) == pytest.approx(-20.0)
    assert level(np.zeros(100, np.int16)) == QUIETEST_DBFS
    assert level(np.empty(0, np.int16)) == QUIETEST_DBFS
    assert level(np.full(10, 1e-9)) == QUIETEST_DBFS


def _cut(sound: Samples, cuts: list[int]) -> list[Samples]:
    return np.split(sound, sorted(cut % (len(sound) + 1) for cut in cuts))


@settings(deadline=None)
@given(
    rates=st.tuples(st.sampled_from(RATES), st.sampled_from(RATES)),
    length=st.integers(0, 6_000),
    cuts=st.lists(st.integers(0, 6_000), max_size=30),
    seed=st.integers(0, 5),
)
def test_how_a_stream_is_cut_changes_no_bit(
    rates: tuple[int, int], length: int, cuts: list[int], seed: int
) -> None:
    sound = np.random.default_rng(seed).uniform(-1.0, 1.0, length).astype(np.float32)
    whole, cut = Resampler(*rates), Resampler(*rates)
    expected = np.concatenate((whole.feed(sound), whole.flush()))
    made = np.concatenate([*(cut.feed(part) for part in _cut(sound, cuts)), cut.flush()])
    assert np.array_equal(made, expected)
    if length >= 100 * max(1.0, rates[0] / rates[1]):
        assert len(expected) == pytest.approx(length * rates[1] / rates[0], abs=2)


@pytest.mark.parametrize("rate", RATES)
def test_a_tone_stays_the_tone(rate: int) -> None:
    """1 kHz comes out as 1 kHz, as loud, on time."""
    tone = 0.5 * np.sin(2 * np.pi * 1_000 * np.arange(rate) / rate)
    resampler = Resampler(rate)
    made = np.concatenate((resampler.feed(tone.astype(np.float32)), resampler.flush()))
    expected = 0.5 * np.sin(2 * np.pi * 1_000 * np.arange(SAMPLE_RATE) / SAMPLE_RATE)
    middle = slice(1_000, 15_000)
    assert np.abs(made[middle] - expected[middle]).max() < 0.005


def test_what_is_above_the_new_band_is_gone() -> None:
    tone = np.sin(2 * np.pi * 11_000 * np.arange(48_000) / 48_000).astype(np.float32)
    assert level(Resampler(48_000).feed(tone)[1_000:]) < -60.0


def test_after_a_flush_a_new_stream_begins() -> None:
    sound = np.random.default_rng(0).uniform(-1.0, 1.0, 4_800).astype(np.float32)
    resampler = Resampler(48_000)
    first = np.concatenate((resampler.feed(sound), resampler.flush()))
    second = np.concatenate((resampler.feed(sound), resampler.flush()))
    assert np.array_equal(first, second)


@pytest.mark.parametrize("rate", [0, -16_000, 999, 10**9])
def test_rates_that_no_sound_has_are_refused(rate: int) -> None:
    with pytest.raises(MediaError, match=f"Sound of {rate} samples a second"):
        Resampler(rate)
