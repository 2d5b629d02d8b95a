"""The pause detector, frame by frame and to the millisecond: what it tells, what it keeps, what it forgets."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterable

import numpy as np
import pytest

from fakes.speech import hum, music, sentence, speech, typing
from fakes.vads import BETWEEN, FRAME_MS, QUIET, SPEECH, LevelVad, frames
from trunkline.audio.endpointing import TrailingSilence
from trunkline.audio.events import BargeIn, Event, LimitReached, PauseDetected, SpeechStarted, Talking, Utterance
from trunkline.audio.pause import AppState, PauseDetector, PauseSettings
from trunkline.audio.pcm import SAMPLE_RATE, Samples, to_int16
from trunkline.audio.vad import FRAME, silero
from trunkline.errors import MediaError

START = 8
"""Whole frames in 250 ms, rounded up: 256 ms."""
END = 25
"""In 800 ms: 800 ms."""
PRE_ROLL = 13
"""In 400 ms: 416 ms."""


def detector(settings: PauseSettings | None = None) -> PauseDetector:
    return PauseDetector(settings or PauseSettings(), LevelVad())


def feed(hearing: PauseDetector, *levels: tuple[float, int]) -> list[Event]:
    return hearing.feed((SAMPLE_RATE, frames(*levels)))


def utterances(events: Iterable[Event]) -> list[Utterance]:
    return [event.utterance for event in events if isinstance(event, PauseDetected | LimitReached)]


def test_a_turn_from_beginning_to_end() -> None:
    hearing = detector()
    events = feed(hearing, (QUIET, 50), (SPEECH, 40), (QUIET, END))
    started = round((50 + START) * FRAME_MS)
    assert events[0] == SpeechStarted(started)
    kept = [round(count * FRAME_MS) for count in (32, 48, 64)]
    assert events[1:-1] == [Talking(ms) for ms in kept]
    (said,) = utterances(events)
    assert isinstance(events[-1], PauseDetected)
    assert said.started_ms == round((50 - PRE_ROLL) * FRAME_MS)
    assert said.spoken_ms == round(90 * FRAME_MS)
    assert said.ended_ms == round((90 + END) * FRAME_MS)
    assert np.array_equal(said.pcm, to_int16(frames((QUIET, PRE_ROLL), (SPEECH, 40), (QUIET, END))))
    assert said.duration_s == len(said.pcm) / 16_000 == (said.ended_ms - said.started_ms) / 1_000


@pytest.mark.parametrize(("count", "starts"), [(START - 1, False), (START, True)])
def test_speech_starts_at_250_ms_and_not_before(count: int, starts: bool) -> None:
    hearing = detector()
    events = feed(hearing, (QUIET, 10), (SPEECH, count))
    assert events == ([SpeechStarted(round((10 + count) * FRAME_MS))] if starts else [])
    assert hearing.talking is starts


def test_clicks_never_add_up_to_speech() -> None:
    assert feed(detector(), *[(SPEECH, START - 1), (QUIET, 1)] * 100) == []


def test_between_the_thresholds_nothing_changes() -> None:
    hearing = detector()
    assert feed(hearing, (BETWEEN, 100)) == []
    assert feed(hearing, (SPEECH, 1), (BETWEEN, START - 1)) == [SpeechStarted(hearing.now_ms)]
    feed(hearing, (QUIET, 1))
    (said,) = utterances(feed(hearing, (BETWEEN, END - 1)))
    assert said.spoken_ms == round((100 + START) * FRAME_MS)


@pytest.mark.parametrize(("quiet", "ends"), [(END - 1, False), (END, True)])
def test_the_turn_ends_at_800_ms_of_silence_and_not_before(quiet: int, ends: bool) -> None:
    hearing = detector()
    events = feed(hearing, (SPEECH, START), (QUIET, quiet), (SPEECH, 1))
    assert bool(utterances(events)) is ends


def test_a_pause_within_is_kept() -> None:
    hearing = detector()
    (said,) = utterances(feed(hearing, (SPEECH, 20), (QUIET, END - 1), (SPEECH, 20), (QUIET, END)))
    assert said.duration_s * 1_000 == pytest.approx((20 + END - 1 + 20 + END) * FRAME_MS)


def test_the_second_turn_has_nothing_of_the_first() -> None:
    hearing = detector()
    first, second = utterances(feed(hearing, (SPEECH, 20), (QUIET, END), (QUIET, 2), (0.8, 20), (QUIET, END)))
    assert np.array_equal(second.pcm, to_int16(frames((QUIET, 2), (0.8, 20), (QUIET, END))))
    assert second.started_ms == first.ended_ms


def test_barge_in_is_told_with_the_frame_that_completes_250_ms() -> None:
    hearing = detector()
    hearing.playing = True
    packets = frames((QUIET, 10), (SPEECH, 20)).reshape(-1, 320)
    told = {at: events for at, packet in enumerate(packets) if (events := hearing.feed((SAMPLE_RATE, packet)))}
    at_ms = round((10 + START) * FRAME_MS)
    first = min(told)
    assert told[first] == [SpeechStarted(at_ms), BargeIn(at_ms)]
    assert first * 20 < at_ms <= (first + 1) * 20
    assert [event for at in told if at != first for event in told[at] if isinstance(event, BargeIn)] == []


def test_without_a_reply_there_is_no_barge_in() -> None:
    assert not any(isinstance(event, BargeIn) for event in feed(detector(), (SPEECH, 50)))


def test_a_long_speech_is_handed_over_at_the_cap_and_nothing_is_lost() -> None:
    hearing = detector(PauseSettings(cap_s=2.0))
    sound = frames(*[(0.6 + at / 1_000, 1) for at in range(280)], (QUIET, END))
    events = hearing.feed((SAMPLE_RATE, sound))
    said = utterances(events)
    assert [type(event) for event in events if isinstance(event, PauseDetected | LimitReached)] == [
        *[LimitReached] * 4,
        PauseDetected,
    ]
    assert np.array_equal(np.concatenate([one.pcm for one in said]), to_int16(sound))
    assert all(one.duration_s <= 2.02 for one in said[:-1])
    assert said[0].spoken_ms == said[0].ended_ms


def test_memory_is_bounded_by_the_cap_and_by_the_pre_roll() -> None:
    """What is kept, as the state shows it, and what waits for speech."""
    hearing = detector(PauseSettings(cap_s=1.0))
    for _ in range(200):
        feed(hearing, (SPEECH, 7))
        stream = hearing.state.stream
        assert stream is None or len(stream) <= 1.02 * SAMPLE_RATE
    hearing = detector()
    feed(hearing, (QUIET, 10_000))
    (said,) = utterances(feed(hearing, (SPEECH, START), (QUIET, END)))
    assert len(said.pcm) == (PRE_ROLL + START + END) * FRAME


def test_the_clock_ends_a_turn_when_no_packets_come() -> None:
    hearing = detector()
    feed(hearing, (SPEECH, 20))
    told: list[Event] = []
    while not utterances(told):
        told += hearing.silence(60)
    assert hearing.now_ms <= 20 * FRAME_MS + 800 + 60
    assert hearing.silence(60) == []


def test_an_hour_of_silence_is_nothing_and_asks_no_model() -> None:
    vad = LevelVad()
    hearing = PauseDetector(PauseSettings(), vad)
    assert hearing.silence(3_600_000) == []
    assert hearing.now_ms == 3_600_000 // 32 * 32
    assert vad.asked == 0
    assert hearing.state.stream is None


def test_the_vad_forgets_at_the_end_of_a_turn_and_after_two_seconds_of_quiet() -> None:
    vad = LevelVad()
    hearing = PauseDetector(PauseSettings(), vad)
    made = vad.resets
    hearing.feed((SAMPLE_RATE, frames((QUIET, 62))))
    assert vad.resets == made
    hearing.feed((SAMPLE_RATE, frames((QUIET, 1))))
    assert vad.resets == made + 1
    hearing.feed((SAMPLE_RATE, frames((SPEECH, START), (QUIET, END - 1))))
    assert vad.resets == made + 1
    hearing.feed((SAMPLE_RATE, frames((QUIET, 1))))
    assert vad.resets == made + 2


def test_stopped_it_is_deaf_and_started_it_hears_anew() -> None:
    hearing = detector()
    feed(hearing, (SPEECH, 20))
    hearing.stop()
    assert hearing.state == AppState(stopped=True)
    assert feed(hearing, (SPEECH, 20), (QUIET, END)) == []
    assert hearing.silence(2_000) == []
    assert not hearing.talking
    hearing.start()
    assert feed(hearing, (SPEECH, START - 1), (QUIET, END)) == []
    assert len(utterances(feed(hearing, (SPEECH, START), (QUIET, END)))) == 1


def test_the_state_is_the_guides() -> None:
    hearing = detector()
    assert hearing.state == AppState()
    feed(hearing, (SPEECH, 20))
    state = hearing.state
    assert state.started_talking
    assert state.sampling_rate == SAMPLE_RATE
    assert state.stream is not None
    assert np.array_equal(state.stream, to_int16(frames((SPEECH, 20))))
    feed(hearing, (QUIET, END))
    hearing.conversation.append({"role": "user", "content": "a file"})
    assert hearing.state == AppState(pause_detected=True, conversation=[{"role": "user", "content": "a file"}])
    feed(hearing, (SPEECH, START))
    assert not hearing.state.pause_detected
    hearing.reset()
    assert hearing.state == AppState()


def test_an_utterance_is_a_wav_file() -> None:
    (said,) = utterances(feed(detector(), (SPEECH, 20), (QUIET, END)))
    with wave.open(io.BytesIO(said.wav())) as file:
        assert file.getparams()[:4] == (1, 2, 16_000, len(said.pcm))
        assert file.readframes(len(said.pcm)) == said.pcm.tobytes()


def test_ten_million_samples_at_once() -> None:
    hearing = detector()
    sound = np.full(10_000_000, QUIET, np.float32)
    sound[5_000_000:5_100_000] = SPEECH
    (said,) = utterances(hearing.feed((48_000, sound)))
    assert said.spoken_ms - said.started_ms == pytest.approx(100_000 / 48 + 416, abs=2 * FRAME_MS)
    assert hearing.now_ms == pytest.approx(10_000_000 / 48, abs=2 * FRAME_MS)


@pytest.mark.parametrize("shape", [(0,), (0, 2), (1,), (1, 2)])
def test_chunks_of_next_to_nothing(shape: tuple[int, ...]) -> None:
    hearing = detector()
    for rate in (16_000, 48_000):
        assert hearing.feed((rate, np.zeros(shape, np.int16))) == []


def test_what_is_no_number_is_silence() -> None:
    hearing = PauseDetector(PauseSettings(), silero())
    assert hearing.feed((48_000, np.full((96_000, 2), np.nan, np.float32))) == []


def test_what_is_no_sound_is_refused_and_the_next_chunk_is_heard() -> None:
    hearing = detector()
    feed(hearing, (SPEECH, START))
    with pytest.raises(MediaError, match="A single number"):
        hearing.feed((16_000, np.array(1.0)))
    with pytest.raises(MediaError):
        hearing.feed((16_000, np.zeros((2, 2, 2))))
    with pytest.raises(MediaError):
        hearing.feed((0, np.zeros(10)))
    assert len(utterances(feed(hearing, (SPEECH, 2), (QUIET, END)))) == 1


def test_another_rate_in_the_middle_of_a_word() -> None:
    hearing = detector()
    feed(hearing, (SPEECH, 20))
    hearing.feed((48_000, np.full((48_000, 2), SPEECH)))
    (said,) = utterances(hearing.feed((8_000, np.full(16_000, QUIET))))
    assert said.spoken_ms - said.started_ms == pytest.approx(20 * FRAME_MS + 1_000, abs=2 * FRAME_MS)


def test_the_end_of_a_turn_is_the_settings() -> None:
    hearing = PauseDetector(PauseSettings(end_ms=320), LevelVad())
    assert len(utterances(feed(hearing, (SPEECH, START), (QUIET, 10)))) == 1
    ruled = PauseDetector(PauseSettings(end_ms=320), LevelVad(), TrailingSilence(640))
    assert utterances(feed(ruled, (SPEECH, START), (QUIET, 19))) == []


def test_each_frame_is_looked_at_once_however_long_the_utterance() -> None:
    vad = LevelVad()
    hearing = PauseDetector(PauseSettings(), vad)
    for at in range(1, 900):
        hearing.feed((SAMPLE_RATE, frames((SPEECH, 1))))
        assert vad.asked == at


# With the real model


def _quiet(seconds: float) -> Samples:
    return hum(seconds, seed=7)


def test_people_are_understood_to_have_finished() -> None:
    """The first and the last word are in the utterance, and the end is told 0.8–1 s after the last."""
    said = sentence("cards/001")
    sound = np.concatenate((_quiet(1.7), said, _quiet(2.0)))
    hearing = PauseDetector(PauseSettings(), silero())
    events = hearing.feed((SAMPLE_RATE, sound))
    (one,) = utterances(events)
    loud = np.flatnonzero(np.abs(said) > 0.1)
    assert one.started_ms <= 1_700 + loud[0] / 16 - 100
    assert 1_700 + loud[-1] / 16 <= one.spoken_ms
    assert 800 <= one.ended_ms - (1_700 + loud[-1] / 16) <= 1_200


@pytest.mark.parametrize("text", ["Stop!", "Pam, can you hear me?", "Fish is fine with me."])
def test_the_first_syllable_is_kept(text: str) -> None:
    said = speech(text)
    sound = np.concatenate((_quiet(1.0), said, _quiet(2.0)))
    (one,) = utterances(PauseDetector(PauseSettings(), silero()).feed((SAMPLE_RATE, sound)))
    first = np.flatnonzero(np.abs(said) > 0.02)[0]
    assert one.started_ms <= 1_000 + first / 16


@pytest.mark.parametrize(
    "noise", [hum(60.0), typing(30.0), np.zeros(960_000, np.float32)], ids=["hum", "keyboard", "nothing"]
)
def test_noise_says_nothing(noise: Samples) -> None:
    assert PauseDetector(PauseSettings(), silero()).feed((SAMPLE_RATE, noise)) == []


def test_music_on_hold_hardly_ever_says_something() -> None:
    """Five minutes; the first piece has something like voices in it."""
    heard = [PauseDetector(PauseSettings(), silero()).feed((SAMPLE_RATE, music(number))) for number in (0, 3)]
    assert sum(len(utterances(events)) for events in heard) <= 3


def test_clipped_speech_is_speech() -> None:
    sound = np.concatenate((_quiet(0.5), np.clip(sentence("cards/003") * 50, -1, 1), _quiet(2.0)))
    hearing = PauseDetector(PauseSettings(), silero())
    assert len(utterances(hearing.feed((SAMPLE_RATE, sound)))) == 1
