"""What bridges do alike when somebody presses, commands or reacts, whatever the platform."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from fakes.clock import VirtualClock, settle
from fakes.core import AdjustableClock, FakeCore
from trunkline.backend import AppInput, Choice, Feedback
from trunkline.bridge import Answer
from trunkline.entering import marked
from trunkline.errors import AppUnreachable, Denied
from trunkline.gestures import done_or_denied, feedback_taken, in_time, newest, outcome_of, said_of
from trunkline.inbound import Inbound, NewConversation, Place, SwitchConversation
from trunkline.messages import Json, Speaker

HERE = Place("nowhere", "demo", "t", "c")
ANN = Speaker("nowhere", "ann", "Ann")


@pytest.fixture
def core(tmp_path: Path) -> FakeCore:
    return FakeCore(None, None, tmp_path, AdjustableClock())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("answer", "quiet", "aloud"),
    [
        (Answer("denied", "Not yours."), "Not yours.", "Not yours."),
        (Answer("queued", "Second."), "Second.", "Second."),
        (Answer("denied"), None, "Done."),
        (Answer("done", "Cleared."), None, "Cleared."),
        (Answer("done"), None, "Done."),
    ],
)
def test_what_the_core_says_is_told(answer: Answer, quiet: str | None, aloud: str) -> None:
    assert said_of(answer, "Done.", aloud=False) == quiet
    assert said_of(answer, "Done.", aloud=True) == aloud


async def quickly() -> str:
    return "here"


@pytest.mark.parametrize(
    ("error", "said", "level"),
    [(Denied("Not yours."), "Not yours.", "info"), (ZeroDivisionError("secret"), "It failed.", "error")],
)
async def test_work_that_fails_is_told_and_logged(error: Exception, said: str, level: str) -> None:
    async def broken() -> str:
        raise error

    with capture_logs() as logs:
        assert await outcome_of(broken(), "discord", str.upper, "It failed.") == said.upper()
        assert await outcome_of(quickly(), "discord", str.upper, "It failed.") == "here"
    assert [log["log_level"] for log in logs] == [level]
    assert "Not yours" not in str(logs)


async def test_only_what_takes_long_is_acknowledged_before_it_is_done() -> None:
    clock, done = VirtualClock(), asyncio.Event()
    acknowledged: list[float] = []

    async def acknowledge() -> None:
        acknowledged.append(clock.now())

    async def slowly() -> str:
        await done.wait()
        return "at last"

    assert await in_time(quickly(), clock, 1.5, acknowledge) == "here"
    begun = clock.now()
    working = asyncio.create_task(in_time(slowly(), clock, 1.5, acknowledge))
    await settle(10)
    await clock.advance(1.4)
    assert acknowledged == []
    await clock.advance(0.2)
    await settle(10)
    assert acknowledged == [pytest.approx(begun + 1.5, abs=0.2)]
    assert not working.done()
    done.set()
    assert await working == "at last"
    assert not clock.waiting


async def test_what_is_denied_is_raised_and_what_is_done_is_said(core: FakeCore) -> None:
    made = Inbound("1", HERE, ANN, NewConversation("One"), 0.0)
    assert await done_or_denied(core, made, "Done.") == "Done."
    gone = Inbound("2", HERE, ANN, SwitchConversation(7), 0.0, conversation=7)
    with pytest.raises(Denied):
        await done_or_denied(core, gone, "Done.")


async def test_a_place_without_a_turn_has_no_newest(core: FakeCore) -> None:
    assert await newest(core, HERE) is None


async def test_an_app_that_cannot_be_reached_takes_no_feedback(core: FakeCore) -> None:
    assert await feedback_taken(core, "demo") == Feedback(like=True, dislike=True)
    core.app_down = AppUnreachable("The app is away.")
    assert await feedback_taken(core, "demo") == Feedback()


@pytest.mark.parametrize(
    ("value", "typed", "places"),
    [("b", None, (1,)), (["a", "c"], None, (0, 2)), ("b", ["2", "0"], (0, 2)), ("b", [], ()), ("gone", None, ())],
)
def test_what_was_typed_is_marked_before_what_holds(value: Json, typed: Json, places: tuple[int, ...]) -> None:
    choices = tuple(Choice(name.upper(), name) for name in "abc")
    one = AppInput(1, "letters", "Letters", "multiselect", None, choices=choices)
    assert marked(one, value, typed) == places
