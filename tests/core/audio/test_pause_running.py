"""What can be had of an utterance while it is still running, and how it is ended from outside."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.vads import QUIET, SPEECH, LevelVad, frames
from trunkline.audio.events import PauseDetected, SpeechStarted
from trunkline.audio.pause import PauseDetector, PauseSettings
from trunkline.audio.pcm import SAMPLE_RATE
from trunkline.audio.vad import FRAME


def detector() -> PauseDetector:
    return PauseDetector(PauseSettings(), LevelVad())


def test_nothing_runs_while_nobody_talks() -> None:
    hearing = detector()
    hearing.feed((SAMPLE_RATE, frames((QUIET, 40))))
    assert hearing.since(0).size == 0
    assert hearing.finish() is None


@settings(deadline=None, max_examples=50)
@given(st.lists(st.integers(40, 3 * FRAME), min_size=1, max_size=60))
def test_the_pieces_of_a_running_utterance_are_the_utterance(sizes: list[int]) -> None:
    """However the sound comes: what was new each time, and the rest at the end, is what was said."""
    hearing = detector()
    sound = frames((QUIET, 20), (SPEECH, 30), (QUIET, 30))
    pieces: list[np.ndarray] = []
    taken, at, turn = 0, 0, 0
    while at < len(sound):
        size = sizes[turn % len(sizes)]
        events = hearing.feed((SAMPLE_RATE, sound[at : at + size]))
        at, turn = at + size, turn + 1
        over = [event.utterance for event in events if isinstance(event, PauseDetected)]
        if over:
            pieces.append(over[0].pcm[taken:])
            assert np.array_equal(np.concatenate(pieces), over[0].pcm)
            return
        pieces.append(hearing.since(taken))
        taken += len(pieces[-1])
    raise AssertionError("the pause was not heard")


def test_an_utterance_that_is_finished_from_outside_ends_there_and_the_next_begins_anew() -> None:
    hearing = detector()
    hearing.feed((SAMPLE_RATE, frames((QUIET, 20), (SPEECH, 30))))
    kept = hearing.since(0)
    utterance = hearing.finish()
    assert utterance is not None
    assert np.array_equal(utterance.pcm, kept)
    assert utterance.spoken_ms == utterance.ended_ms == hearing.now_ms
    assert hearing.state.pause_detected
    assert not hearing.talking
    assert hearing.finish() is None
    events = hearing.feed((SAMPLE_RATE, frames((SPEECH, 8))))
    assert isinstance(events[0], SpeechStarted)
