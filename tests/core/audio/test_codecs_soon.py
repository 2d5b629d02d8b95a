"""Sound is heard from the first bytes that hold some: of what is streamed nobody waits for more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.tones import encoded
from trunkline.audio.codecs import StreamDecoder, container_of, decode, wav
from trunkline.errors import MediaError

RATE = 48_000
STREAMED = {
    "aac": ("adts", "aac", 400),
    "mp3": ("mp3", "mp3", 1_500),
    "mpegts": ("mpegts", "aac", 1_400),
    "matroska": ("webm", "libopus", 1_100),
}
"""Container and codec by their names at ffmpeg, and the bytes of which something is heard."""


def tag(length: int) -> bytes:
    """What stands before an mp3 or a segment of HLS: a title, the picture of a cover."""
    size = bytes(length >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x04\x00\x00" + size + bytes(length)


def heard_after(data: bytes, step: int = 50) -> int:
    decoder = StreamDecoder(RATE, 1)
    try:
        for end in range(step, len(data), step):
            if decoder.feed(data[end - step : end]):
                return end
    finally:
        decoder.close()
    raise AssertionError("nothing is heard before the end")


@pytest.mark.parametrize("name", STREAMED)
def test_a_stream_is_heard_from_its_first_frames_on(name: str) -> None:
    container, codec, most = STREAMED[name]
    data = encoded(1.0, container, codec)
    assert container_of(data) == name
    assert heard_after(data) <= most


@pytest.mark.parametrize("name", ["aac", "mp3"])
@pytest.mark.parametrize("length", [0, 100, 30_000])
def test_what_stands_before_the_sound_does_not_hide_it(name: str, length: int) -> None:
    container, codec, most = STREAMED[name]
    data = tag(length) + encoded(1.0, container, codec)
    assert container_of(data) == name
    assert heard_after(data) <= length + 10 + most
    decoder = StreamDecoder(RATE, 1)
    parts = [pcm for at in range(0, len(data), 700) for pcm in decoder.feed(data[at : at + 700])]
    streamed, whole = np.concatenate([*parts, *decoder.close()]), decode(data, RATE, 1)
    # How much of the last frame counts is only known where an mp3 can be looked at as a whole.
    assert abs(len(streamed) - len(whole)) < 1_152
    assert np.array_equal(streamed[: RATE - 4_000], whole[: RATE - 4_000])


def test_the_sound_of_a_first_piece_is_heard_before_there_is_a_second() -> None:
    for container, codec, _ in STREAMED.values():
        decoder = StreamDecoder(RATE, 1)
        assert sum(map(len, decoder.feed(encoded(0.25, container, codec)))) > RATE / 10
        decoder.close()


@pytest.mark.parametrize(
    "head",
    [b"", b"ID3", b"RIFF\x00\x00\x00\x00WAV", b"\xff\xf1", b"G" * 188, tag(1_000)],
)  # fmt: skip
def test_too_little_tells_nothing_yet(head: bytes) -> None:
    assert container_of(head) is None


@pytest.mark.parametrize(
    "head",
    [
        b"This is no sound at all.",
        b"G is how this sentence begins. " * 10,
        "Wide letters".encode("utf-16"),
        b"\xff" * 20,
        bytes(20),
        b"OggS" + bytes(20),
        b"RIFF\x00\x00\x00\x00AVI LIST",
        b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f" + bytes(20),
    ],
)
def test_what_says_nothing_of_itself_is_found_out(head: bytes) -> None:
    assert container_of(head) == ""


def test_little_as_it_is_a_short_sound_is_heard() -> None:
    """Of which nobody could say what it is before it ended."""
    decoder = StreamDecoder(RATE, 1)
    assert decoder.feed(b"\xff\xf1") == []
    with pytest.raises(MediaError):
        decoder.close()
    decoder = StreamDecoder(RATE, 1)
    short = wav(np.full(3, 1_000, np.int16), RATE)
    parts = [pcm for byte in short for pcm in decoder.feed(bytes([byte]))]
    assert sum(map(len, [*parts, *decoder.close()])) == 3


BEGINNINGS = st.sampled_from([b"", tag(5), b"\xff", b"G"])
SIGNS = st.builds(lambda begin, rest: begin + rest, BEGINNINGS, st.binary(max_size=250))


@given(SIGNS, SIGNS)
def test_what_is_told_stays_told(head: bytes, more: bytes) -> None:
    told = container_of(head)
    assert told in (None, "", "aac", "mp3", "wav", "mpegts", "matroska")
    if told is not None:
        assert container_of(head + more) == told


@given(SIGNS)
def test_whatever_comes_is_sound_or_an_error_and_ends(data: bytes) -> None:
    decoder = StreamDecoder(RATE, 1)
    try:
        decoder.feed(data)
        decoder.close()
    except MediaError:
        pass
    assert decoder.close() == []
