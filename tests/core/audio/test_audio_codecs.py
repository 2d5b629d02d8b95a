"""Encoded sound of every kind apps and people send, whole and as it arrives; and what is none."""

from __future__ import annotations

import io
import subprocess
import threading
import wave
from pathlib import Path

import av
import numpy as np
import pytest
from discord import opus

from trunkline.audio.codecs import StreamDecoder, decode, load_opus, opus_library, wav
from trunkline.audio.pcm import Pcm, level
from trunkline.errors import MediaError, MissingExtra, TooLarge

RATE = 48_000
FORMATS = {
    "mp3": ["-f", "mp3"],
    "aac": ["-f", "adts"],
    "aac in mpeg-ts": ["-f", "mpegts", "-c:a", "aac"],
    "ogg/opus": ["-f", "ogg", "-c:a", "libopus"],
    "ogg/vorbis": ["-f", "ogg", "-c:a", "libvorbis"],
    "webm": ["-f", "webm"],
    "flac": ["-f", "flac"],
    "wav": ["-f", "wav"],
    "mp4": ["-f", "mp4", "-movflags", "frag_keyframe+empty_moov"],
}
LIVE = ("mp3", "aac", "aac in mpeg-ts")
"""What apps stream."""


def tone(seconds: float = 3.0, rate: int = RATE) -> Pcm:
    return (20_000 * np.sin(2 * np.pi * 440 * np.arange(round(seconds * rate)) / rate)).astype(np.int16)


def encoded(*options: str) -> bytes:
    command = ["ffmpeg", "-v", "error", "-i", "pipe:0", *options, "pipe:1"]
    return subprocess.run(command, input=wav(tone(), RATE), capture_output=True, check=True).stdout


@pytest.fixture(scope="module", params=list(FORMATS))
def kind(request: pytest.FixtureRequest) -> tuple[str, bytes]:
    name: str = request.param
    return name, encoded(*FORMATS[name])


def play(decoder: StreamDecoder, data: bytes) -> list[Pcm]:
    return [*decoder.feed(data), *decoder.close()]


def pitch(pcm: Pcm, rate: int = RATE) -> float:
    spectrum = np.abs(np.fft.rfft(pcm.astype(np.float64)))
    return float(np.argmax(spectrum)) * rate / len(pcm)


def test_every_format_is_decoded(kind: tuple[str, bytes]) -> None:
    pcm = decode(kind[1])
    assert pcm.dtype == np.int16
    assert pcm.shape[1:] == (2,)
    assert len(pcm) == pytest.approx(3 * RATE, abs=RATE / 10)
    middle = pcm[RATE : 2 * RATE]
    assert pitch(middle[:, 0]) == pytest.approx(440, abs=2)
    assert np.array_equal(middle[:, 0], middle[:, 1])


def test_a_stream_gives_the_same_while_it_arrives(kind: tuple[str, bytes]) -> None:
    name, data = kind
    decoder = StreamDecoder(RATE, 1)
    parts: list[Pcm] = []
    first = 0
    for start in range(0, len(data), 333):
        parts += decoder.feed(data[start : start + 333])
        first = first or (start + 333 if parts else 0)
    parts += decoder.close()
    assert np.array_equal(np.concatenate(parts), decode(data, RATE, 1))
    assert 0 < first < len(data)
    if name in LIVE:
        assert first <= 6_000


def test_the_size_of_the_pieces_changes_nothing() -> None:
    data = encoded(*FORMATS["aac"])
    for size in (1, 1_000, len(data)):
        decoder = StreamDecoder(24_000, 1)
        parts = [pcm for at in range(0, len(data), size) for pcm in decoder.feed(data[at : at + size])]
        parts += decoder.close()
        assert np.array_equal(np.concatenate(parts), decode(data, 24_000, 1))


def test_segments_one_after_the_other_are_one_stream() -> None:
    data = encoded(*FORMATS["aac"])
    decoder = StreamDecoder(RATE, 1)
    parts = [*decoder.feed(data), *decoder.feed(data), *decoder.close()]
    assert sum(map(len, parts)) == pytest.approx(6 * RATE, abs=RATE / 5)


def test_a_stream_may_change_its_rate_and_channels() -> None:
    first = encoded("-ar", "44100", "-ac", "2", *FORMATS["aac"])
    second = encoded("-ar", "16000", "-ac", "1", *FORMATS["aac"])
    pcm = decode(first + second + first, RATE, 1)
    assert len(pcm) == pytest.approx(9 * RATE, abs=RATE / 3)
    for at in (1, 4, 7):
        assert pitch(pcm[at * RATE : (at + 1) * RATE]) == pytest.approx(440, abs=2)


def test_a_decoder_leaves_no_thread() -> None:
    before = threading.active_count()
    decoder = StreamDecoder()
    assert threading.active_count() == before
    decoder.feed(encoded(*FORMATS["mp3"]))
    decoder.close()
    assert threading.active_count() == before
    assert decoder.close() == []
    with pytest.raises(ValueError, match="closed"):
        decoder.feed(b"x")


def test_a_stream_of_nothing_is_no_error() -> None:
    decoder = StreamDecoder()
    assert decoder.feed(b"") == []
    assert decoder.close() == []


BROKEN = {
    "empty": b"",
    "text": b"This is no sound at all. " * 400,
    "zeros": bytes(50_000),
    "a header alone": wav(tone(), RATE)[:20],
    "a WAV file without a sample": wav(np.empty(0, np.int16), RATE),
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_what_is_no_sound_is_told_in_a_sentence(data: bytes) -> None:
    with pytest.raises(MediaError, match=r"^(The sound cannot be read|There is no sound)"):
        decode(data)


@pytest.mark.parametrize(
    "data", [data for data in BROKEN.values() if data], ids=[name for name in BROKEN if BROKEN[name]]
)
def test_a_stream_that_is_no_sound_is_told_and_ends(data: bytes) -> None:
    decoder = StreamDecoder()
    with pytest.raises(MediaError):
        play(decoder, data)
    assert decoder.close() == []
    assert not any(thread.name == "sound decoder" for thread in threading.enumerate())


def test_damage_in_the_middle_is_a_gap() -> None:
    data = bytearray(encoded(*FORMATS["mp3"]))
    third = len(data) // 3
    data[third : third + 4_000] = np.random.default_rng(1).bytes(4_000)
    pcm = decode(bytes(data), RATE, 1)
    assert 2.0 * RATE < len(pcm) < 3.2 * RATE
    assert level(pcm[-RATE : -RATE // 4]) > -20.0


def test_a_sound_cut_off_is_played_as_far_as_it_goes() -> None:
    data = encoded(*FORMATS["ogg/opus"])
    assert 0.9 * RATE < len(decode(data[: len(data) // 2], RATE, 1)) < 2 * RATE


def test_a_few_bytes_of_days_are_refused() -> None:
    data = encoded(*FORMATS["flac"])
    with pytest.raises(TooLarge, match="longer than 2 seconds"):
        decode(data, limit_s=2.0)


def test_a_few_bytes_of_days_are_refused_while_they_arrive() -> None:
    """FLAC writes 65,535 samples of silence in some twenty bytes."""
    silence = ["-f", "lavfi", "-t", "1300", "-i", "anullsrc=r=8000:cl=mono", "-frame_size", "65535", "-f", "flac"]
    command = ["ffmpeg", "-v", "error", *silence, "pipe:1"]
    data = subprocess.run(command, capture_output=True, check=True).stdout
    assert len(data) < 20_000
    decoder = StreamDecoder(8_000, 1)
    with pytest.raises(TooLarge, match="longer than 600 seconds"):
        play(decoder, data)
    assert decoder.close() == []


@pytest.mark.parametrize(
    "playlist",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nfile://{path}\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile '{path}'\n",
        "ffconcat version 1.0\nfile secret.wav\n",
    ],
    ids=["m3u8", "concat", "concat beside us"],
)
def test_a_file_that_names_other_files_opens_none(
    playlist: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "secret.wav"
    path.write_bytes(wav(tone(), RATE))
    with pytest.raises(MediaError):
        decode(playlist.format(path=path).encode())


def test_a_wav_file_is_one() -> None:
    stereo = np.stack((tone(0.1), -tone(0.1)), axis=1)
    with wave.open(io.BytesIO(wav(stereo, RATE))) as file:
        assert file.getparams()[:4] == (2, 2, RATE, 4_800)
        assert file.readframes(4_800) == stereo.tobytes()
    assert np.array_equal(decode(wav(stereo, RATE)), stereo)


def test_discord_gets_a_libopus() -> None:
    load_opus()
    assert opus.is_loaded()
    assert Path(opus_library()).is_file()
    packet = opus.Encoder().encode(np.repeat(tone(0.02)[:, None], 2, axis=1).tobytes(), 960)
    assert 0 < len(packet) < 1_000


def test_without_a_libopus_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A system without the library, and a PyAV that was built against one elsewhere."""
    monkeypatch.setattr(opus, "_lib", None)
    monkeypatch.setattr(av, "__file__", str(tmp_path / "av" / "__init__.py"))
    monkeypatch.setattr("ctypes.util.find_library", lambda name: None)
    with pytest.raises(MissingExtra, match=r"trunkline\[voice\]"):
        load_opus()
    monkeypatch.setattr("ctypes.util.find_library", lambda name: "libnothing.so.0")
    with pytest.raises(MissingExtra):
        load_opus()
