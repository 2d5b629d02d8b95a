"""How sound is cut into chunks, and in which width it comes, never changes what the detector tells."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fakes.speech import hum, speech
from fakes.vads import BETWEEN, QUIET, SPEECH, LevelVad, frames
from trunkline.audio.endpointing import EndOfTurn, GuideRule, TrailingSilence
from trunkline.audio.events import BargeIn, Event, LimitReached, PauseDetected, SpeechStarted, Talking
from trunkline.audio.pause import PauseDetector, PauseSettings
from trunkline.audio.pcm import SAMPLE_RATE, Samples, to_int16
from trunkline.audio.vad import FRAME, VadPool

LEVELS = st.sampled_from((0.0, QUIET, BETWEEN, SPEECH))
SOUNDS = st.lists(st.tuples(LEVELS, st.integers(1, 60)), min_size=1, max_size=12).map(lambda all_: frames(*all_))
CUTS = st.lists(st.floats(0.0, 1.0), max_size=40)
SHORT = PauseSettings(cap_s=3.0)
_VADS = VadPool()


def outline(events: list[Event]) -> list[object]:
    told: list[object] = []
    for event in events:
        if isinstance(event, PauseDetected | LimitReached):
            said = event.utterance
            told.append((type(event), said.started_ms, said.ended_ms, said.spoken_ms, said.pcm.tobytes()))
        else:
            told.append(event)
    return told


def heard(hearing: PauseDetector, rate: int, sound: NDArray[Any], cuts: list[float]) -> list[object]:
    events: list[Event] = []
    for part in np.split(sound, sorted(round(cut * len(sound)) for cut in cuts)):
        events += hearing.feed((rate, part))
    return outline(events)


@settings(deadline=None)
@given(
    sound=SOUNDS,
    cuts=CUTS,
    rate=st.sampled_from((8_000, 16_000, 44_100, 48_000)),
    guide=st.booleans(),
    playing=st.booleans(),
)
def test_cutting_changes_nothing(sound: Samples, cuts: list[float], rate: int, guide: bool, playing: bool) -> None:
    def detector() -> PauseDetector:
        rule: EndOfTurn = GuideRule() if guide else TrailingSilence()
        made = PauseDetector(SHORT, LevelVad(), rule)
        made.playing = playing
        return made

    assert heard(detector(), rate, sound, cuts) == heard(detector(), rate, sound, [])


@settings(deadline=None, max_examples=15)
@given(cuts=CUTS, rate=st.sampled_from((16_000, 48_000)))
def test_cutting_changes_nothing_for_the_real_model(cuts: list[float], rate: int) -> None:
    said = np.concatenate((hum(0.5), speech("What can you tell me about Marseille?"), hum(1.2)))
    vad = _VADS.acquire()
    whole = heard(PauseDetector(PauseSettings(), vad), rate, said, [])
    _VADS.release(vad)
    assert heard(PauseDetector(PauseSettings(), vad), rate, said, cuts) == whole
    _VADS.release(vad)
    assert len(whole) >= 2 or rate != SAMPLE_RATE


@settings(deadline=None)
@given(sound=SOUNDS, channels=st.integers(1, 3), kind=st.sampled_from(("i2", "i4", "f4", "f8")))
def test_width_and_channels_change_nothing(sound: Samples, channels: int, kind: str) -> None:
    pcm = to_int16(sound)
    given_: NDArray[Any]
    if kind.startswith("i"):
        given_ = pcm.astype(kind) * (1 if kind == "i2" else 65_536)
    else:
        given_ = (pcm / 32_768).astype(kind)
    wide = np.repeat(given_[:, None], channels, axis=1)
    plain = heard(PauseDetector(SHORT, LevelVad()), SAMPLE_RATE, pcm, [])
    assert heard(PauseDetector(SHORT, LevelVad()), SAMPLE_RATE, wide, [0.3]) == plain


@settings(deadline=None)
@given(sound=SOUNDS)
def test_what_is_told_makes_sense(sound: Samples) -> None:
    """Utterances follow each other within what was heard, hold its very samples, and stay below the cap."""
    hearing = PauseDetector(SHORT, LevelVad())
    pcm = to_int16(sound)
    before, talking = 0, False
    for event in hearing.feed((SAMPLE_RATE, pcm)):
        match event:
            case SpeechStarted():
                assert not talking
                talking = True
            case Talking(ms):
                assert talking
                assert 0 < ms < 3_100
            case BargeIn():
                raise AssertionError("nothing is playing")
            case PauseDetected(said) | LimitReached(said):
                assert talking
                talking = False
                assert before <= said.started_ms < said.spoken_ms <= said.ended_ms <= hearing.now_ms
                assert np.array_equal(said.pcm, pcm[said.started_ms * 16 : said.ended_ms * 16])
                assert len(said.pcm) <= 3 * SAMPLE_RATE + FRAME
                before = said.ended_ms
    assert talking is hearing.talking


@settings(deadline=None)
@given(sound=SOUNDS, parts=st.lists(st.integers(1, 3_000), min_size=1, max_size=8))
def test_silence_by_the_clock_is_silence_by_packets(sound: Samples, parts: list[int]) -> None:
    by_clock, by_packets = PauseDetector(SHORT, LevelVad()), PauseDetector(SHORT, LevelVad())
    first = heard(by_clock, SAMPLE_RATE, sound, []) + outline(
        [event for ms in parts for event in by_clock.silence(ms)]
    )
    quiet = np.zeros(sum(parts) * 16, np.int16)
    assert first == heard(by_packets, SAMPLE_RATE, sound, []) + outline(by_packets.feed((SAMPLE_RATE, quiet)))
    assert by_clock.now_ms == by_packets.now_ms
