"""The rules that say when a speaker has finished, each by what it was published to do."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from concurrent.futures import Executor, Future
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.endpointing import ReplyOnPause, judged, rules
from fakes.speech import TUNING, turns
from fakes.vads import BETWEEN, FRAME_MS, QUIET, SPEECH, LevelVad, frames
from trunkline.audio.endpointing import EndOfTurn, GuideRule, Moment, SmartTurn
from trunkline.audio.events import PauseDetected
from trunkline.audio.pause import PauseDetector, PauseSettings
from trunkline.audio.pcm import SAMPLE_RATE, Pcm

SILENCE = np.zeros(SAMPLE_RATE, np.int16)


def ended(rule: EndOfTurn, *levels: tuple[float, int]) -> list[int]:
    """When turns ended, in frames."""
    hearing = PauseDetector(PauseSettings(), LevelVad(), rule)
    told = hearing.feed((SAMPLE_RATE, frames(*levels)))
    return [round(one.utterance.ended_ms / FRAME_MS) for one in told if isinstance(one, PauseDetected)]


def seconds(duration: float) -> int:
    """Frames."""
    return round(duration * 1_000 / FRAME_MS)


def test_the_guide_ends_a_turn_after_two_seconds_of_silence() -> None:
    """Shorter silence is speech to its options, so the next look after 2 s ends the turn."""
    (end,) = ended(GuideRule(), (QUIET, seconds(0.5)), (SPEECH, seconds(3)), (QUIET, seconds(4)))
    assert 2.0 <= end * FRAME_MS / 1_000 - 3.5 <= 2.6


@pytest.mark.parametrize(("lead_in", "cut"), [(0.3, False), (1.0, False), (1.6, True), (2.5, True)])
def test_the_guide_cuts_who_waits_before_speaking(lead_in: float, cut: bool) -> None:
    """The silence before the first word, less 0.4 s, counts as the pause."""
    first, *_ = ended(GuideRule(), (QUIET, seconds(lead_in)), (SPEECH, seconds(4)), (QUIET, seconds(4)))
    assert (first * FRAME_MS / 1_000 < lead_in + 4) is cut


def test_the_guide_looks_twice_a_second() -> None:
    (end,) = ended(GuideRule(), (SPEECH, seconds(2)), (QUIET, seconds(4)))
    assert (end - 1) * FRAME_MS // 500 < end * FRAME_MS // 500


def test_the_guide_begins_every_turn_anew() -> None:
    turn = ((QUIET, seconds(0.5)), (SPEECH, seconds(2)), (QUIET, seconds(2.6)))
    ends = ended(GuideRule(), *turn * 3)
    assert len(ends) == 3
    assert all(abs(after - before - seconds(5.1)) <= seconds(0.5) for before, after in pairwise(ends))


def published(probabilities: list[float]) -> int | None:
    """The guide to the letter, in frames: twice a second Silero's segments anew, from the first frame on."""
    started = False
    step = 1
    for heard in range(1, len(probabilities) + 1):
        if heard * FRAME_MS < step * 500:
            continue
        step = int(heard * FRAME_MS // 500) + 1
        speech = sum(end - start for start, end in segments(probabilities[:heard]))
        if not started:
            started = speech > 500
        elif heard * FRAME_MS - speech > 1_000:
            return heard
    return None


def segments(probabilities: list[float]) -> list[tuple[float, float]]:
    """Speech in ms as Silero's `get_speech_timestamps` finds it with the guide's options."""
    length = len(probabilities) * FRAME_MS
    found: list[tuple[float, float]] = []
    start = quiet = None
    for at, probability in enumerate(probabilities):
        now = at * FRAME_MS
        if probability >= 0.5:
            quiet = None
            start = now if start is None else start
        elif probability < 0.35 and start is not None:
            quiet = now if quiet is None else quiet
            if now - quiet >= 2_000:
                if quiet - start > 250:
                    found.append((start, quiet))
                start = quiet = None
    if start is not None and length - start > 250:
        found.append((start, length))
    return [(max(0.0, begin - 400), min(length, end + 400)) for begin, end in found]


LEVELS = st.tuples(st.sampled_from((0.0, QUIET, BETWEEN, SPEECH)), st.integers(1, 90))


@settings(deadline=None)
@given(st.lists(LEVELS, min_size=1, max_size=10))
def test_the_guides_sums_kept_from_frame_to_frame_are_its_own(levels: list[tuple[float, int]]) -> None:
    probabilities = [level for level, count in levels for _ in range(count)]
    rule = GuideRule()
    told = (
        rule.hear(Moment(value, FRAME_MS, True, 0.0), lambda _: np.empty(0, np.int16)) for value in probabilities
    )
    assert next((at for at, over in enumerate(told, 1) if over), None) == published(probabilities)


def test_fastrtc_ends_with_the_first_stretch_without_speech() -> None:
    """0.6 s each: of the third one half is speech, of the fourth nothing."""
    rule = ReplyOnPause(LevelVad())
    sound = frames((QUIET, seconds(0.3)), (SPEECH, seconds(1.2)), (QUIET, seconds(3)))
    assert rule(sound) == pytest.approx(2_400)
    assert rule(frames((QUIET, seconds(5)))) is None


class Judge:
    """A model that says what it is told to, and keeps what it was asked."""

    def __init__(self, *says: float) -> None:
        self.says = list(says)
        self.asked: list[Pcm] = []

    def __call__(self, pcm: Pcm) -> float:
        self.asked.append(pcm)
        return self.says.pop(0)


def test_a_finished_sentence_ends_after_700_ms() -> None:
    judge = Judge(0.5)
    (end,) = ended(SmartTurn(judge), (SPEECH, 50), (QUIET, 100))
    assert end == 50 + 22
    (pcm,) = judge.asked
    assert len(pcm) == (50 + 22) * 512


def test_an_unfinished_sentence_is_waited_for_and_asked_about_once() -> None:
    judge = Judge(0.01, 0.01)
    (end,) = ended(SmartTurn(judge), (SPEECH, 50), (QUIET, 60), (SPEECH, 20), (QUIET, 200))
    assert end == 130 + 94
    assert len(judge.asked) == 2


def test_the_model_hears_the_last_eight_seconds() -> None:
    judge = Judge(1.0)
    ended(SmartTurn(judge), *[(0.6 + at / 1_000, 1) for at in range(300)], (QUIET, 30))
    (pcm,) = judge.asked
    assert len(pcm) == 8 * SAMPLE_RATE
    assert pcm[-22 * 512 - 1] == round(0.899 * 32_768)
    assert len(np.unique(pcm)) == 8 * SAMPLE_RATE // 512 - 22 + 1


def test_our_rule_is_right_where_the_others_are_not() -> None:
    """A small reading of the benchmark, on the half that may be tuned on."""
    known = rules()
    unbroken = list(turns(TUNING, 4))
    paused = list(turns(TUNING, 4, (0.3, 0.5)))
    for those in (unbroken, paused):
        cut, latencies, missed = judged(known["ours"], those)
        assert (cut, missed) == (0.0, 0.0)
        assert max(latencies) <= 1_000
    guide_cut, guide_latencies, _ = judged(known["guide"], unbroken)
    assert guide_cut > 0.0
    assert statistics.median(guide_latencies) > 1_500


class Aside(Executor):
    """Work that somebody else does: done when a test says so."""

    def __init__(self) -> None:
        self.asked: list[Future[Any]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.asked.append(Future())
        return self.asked[-1]


def test_who_judges_elsewhere_is_not_waited_for() -> None:
    aside = Aside()
    rule = SmartTurn(Judge(), executor=aside)
    quiet = [Moment(0.0, 32.0, talking=True, silence=700.0 + 32 * at) for at in range(50)]
    heard = [rule.hear(moment, lambda _: SILENCE) for moment in quiet[:10]]
    (told,) = aside.asked
    told.set_result(0.5)
    assert [*heard, rule.hear(quiet[10], lambda _: SILENCE)] == [*(10 * [False]), True]


def test_what_was_judged_before_somebody_went_on_does_not_count() -> None:
    aside = Aside()
    rule = SmartTurn(Judge(), executor=aside)
    quiet = Moment(0.0, 32.0, talking=True, silence=700.0)
    assert not rule.hear(quiet, lambda _: SILENCE)
    assert not rule.hear(Moment(0.9, 32.0, talking=True, silence=0.0), lambda _: SILENCE)
    assert aside.asked[0].cancelled()
    assert not rule.hear(quiet, lambda _: SILENCE)
    aside.asked[1].set_exception(RuntimeError("the model is broken"))
    assert not rule.hear(Moment(0.0, 32.0, talking=True, silence=2_000.0), lambda _: SILENCE)
    assert rule.hear(Moment(0.0, 32.0, talking=True, silence=3_000.0), lambda _: SILENCE)
