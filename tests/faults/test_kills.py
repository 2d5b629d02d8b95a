"""A process killed before and after each store transaction and each platform call of a scenario.

The scenario runs once to count its points, then once for every point with a life that ends there and a second
one that goes on. What stands on the platform then is compared with the stored history: each answer exactly once.
"""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from contract.harness import FakeHarness
from fakes.backend import Step, reply, said
from fakes.platform import TRAITS, Traits
from trunkline.backend import AppInput, TurnRequest
from trunkline.errors import AppFailed
from trunkline.inbound import (
    Choose,
    Clear,
    Command,
    Configure,
    Edit,
    MessageDeleted,
    NewConversation,
    Pause,
    Rate,
    RenameConversation,
    Retry,
    Undo,
)
from trunkline.messages import Text
from trunkline.store import feedback, history, places, values

Scenario = Callable[[FakeHarness], Awaitable[None]]
SMALL = {traits.name: replace(traits, limit=40) for traits in TRAITS}


def two_posts(request: TurnRequest, number: int) -> Iterable[Step]:
    """Differs each time the app is asked, in length too, so that no answer can pass for another."""
    words = " ".join(f"a{number}w{word}" for word in range(8 + number % 3))
    yield f"answer {number} to {said(request)}"
    yield reply(f"answer {number} to {said(request)}\n\n{words}", options=["red", "blue"])


def failing_after_first(request: TurnRequest, number: int) -> Iterable[Step]:
    """Answers once; later it begins to answer and fails."""
    yield f"answer {number} to {said(request)}"
    if number > 1:
        yield f"answer {number} to {said(request)} " + "with more words than fit into one post " * number
        yield AppFailed(f"It broke at {number}.")


async def one_turn(harness: FakeHarness) -> None:
    await harness.say("one", key="fake:m1")
    await harness.settled()


async def two_turns_and_an_option(harness: FakeHarness) -> None:
    await harness.say("one", key="fake:m1")
    await harness.say("two", key="fake:m2")
    await harness.settled()
    await harness.do(Choose(0), key="fake:c1")
    await harness.settled()


async def a_retry(harness: FakeHarness) -> None:
    await harness.say("one", key="fake:m1")
    await harness.settled()
    await harness.do(Retry(1), key="fake:r1")
    await harness.settled()


async def an_edit_of_an_older_turn(harness: FakeHarness) -> None:
    await harness.say("one", key="fake:m1")
    await harness.say("two", key="fake:m2")
    await harness.settled()
    await harness.do(Edit((Text("uno"),), 1), key="fake:e1")
    await harness.settled()


SCENARIOS: dict[str, Scenario] = {
    "one turn": one_turn,
    "two turns and an option": two_turns_and_an_option,
    "a retry": a_retry,
    "an edit of an older turn": an_edit_of_an_older_turn,
}


async def expected(harness: FakeHarness) -> list[str]:
    """What has to stand: the stored replies of the turns that count, in order, without white space."""
    lines: list[str] = []
    for turn in await harness.turns():
        assert turn.reply is not None, f"turn {turn.id} is {turn.status} without a reply"
        failed = [f"[failed] {turn.reply.error}"] if turn.reply.state == "failed" else []
        lines.append(bare(turn.reply.text, *failed))
    return lines


def bare(*texts: str) -> str:
    """Texts without white space: where a post breaks is no matter here."""
    return "".join("".join(texts).split())


def standing(harness: FakeHarness) -> str:
    return bare(*(post.text for post in harness.posts()))


async def run(folder: Path, traits: Traits, scenario: Scenario, ends_at: int | None) -> tuple[FakeHarness, bool]:
    """The scenario in a life that ends at a point, then again in one that does not; whether it was killed.

    People do not notice: they write what they have not written yet, and the platform repeats what nobody
    acknowledged.
    """
    harness = FakeHarness(folder, traits)
    harness.backend.script = two_posts
    await harness.start(ends_at)
    await scenario(harness)
    killed = harness.life.ended.is_set()
    if killed:
        await harness.kill()
        await harness.start()
        await harness.settled()
        await scenario(harness)
    return harness, killed


@pytest.mark.parametrize(
    ("platform", "scenario"),
    [
        *itertools.product(("repeatable-creates", "found-by-search"), SCENARIOS),
        *itertools.product(("append-only",), ("one turn", "a retry")),
    ],
)
async def test_killed_at_every_point_every_answer_stands_once(
    tmp_path: Path, platform: str, scenario: str
) -> None:
    """Promised wherever a lost create can be repeated or found again."""
    point, killed = 0, True
    while killed:
        point += 1
        folder = tmp_path / str(point)
        folder.mkdir()
        harness, killed = await run(folder, SMALL[platform], SCENARIOS[scenario], point)
        wanted = await expected(harness)
        where = f"{scenario} on {platform}, killed at {point}: {harness.life.points[-3:]}"
        assert standing(harness) == "".join(wanted), where
        told = [message.text for message in await harness.history() if message.role == "assistant"]
        assert told == [turn.reply.text for turn in await harness.turns() if turn.reply], where
        await harness.stop()
    assert point > 10, "the scenario has points to be killed at"


async def test_a_kill_in_a_retry_that_fails_leaves_the_answer_that_stood(tmp_path: Path) -> None:
    point, killed = 0, True
    while killed:
        point += 1
        folder = tmp_path / str(point)
        folder.mkdir()
        harness = FakeHarness(folder, SMALL["repeatable-creates"])
        harness.backend.script = failing_after_first
        await harness.start()
        await harness.say("one", key="fake:m1")
        await harness.settled()
        await harness.stop()
        await harness.start(point)
        await harness.do(Retry(1), key="fake:r1")
        await harness.settled()
        killed = harness.life.ended.is_set()
        where = f"killed at {point}: {harness.life.points[-3:]}"
        if killed:
            await harness.kill()
            await harness.start()
            await harness.settled()
        assert standing(harness) == "".join(await expected(harness)), where
        assert [turn.status for turn in await harness.turns()] == ["delivered", "failed"], where
        assert [message.text for message in await harness.history()] == ["one", "answer 1 to one"], where
        await harness.stop()
    assert point > 10


TONE = AppInput(id=1, name="tone", label="Tone", kind="text")
COMMANDS: dict[str, Command] = {
    "new conversation": NewConversation("another"),
    "settings": Configure({"tone": "kind"}),
    "feedback": Rate("Like", turn=1),
    "clear": Clear(),
    "undo": Undo(),
    "pause": Pause(on=True),
    "rename": RenameConversation(1, "named"),
    "deleted message": MessageDeleted("m1"),
}


async def state_of(harness: FakeHarness) -> list[object]:
    """All that the commands may change."""
    store, place = harness.store, harness.place("general")
    known = await store.read(places.place_of, place)
    return [
        known,
        [(c.id, c.title) for c in await store.read(places.conversations, place)],
        [entry.message.text for entry in await store.read(history.history, 1)],
        await store.read(values.values, 1),
        [(rating.value, rating.comment) for rating in await store.read(feedback.ratings, 1)],
    ]


@pytest.mark.parametrize("name", COMMANDS)
async def test_a_command_killed_at_any_point_acts_once(tmp_path: Path, name: str) -> None:
    """The platform repeats what nobody acknowledged: at the end it is as if nobody had been killed."""
    states: list[list[object]] = []
    point, killed = 0, True
    while killed:
        point += 1
        folder = tmp_path / str(point)
        folder.mkdir()
        harness = FakeHarness(folder, SMALL["repeatable-creates"])
        harness.backend.script = two_posts
        harness.backend.change(inputs=(TONE,))
        await harness.start()
        for number in (1, 2):
            await harness.say(f"message {number}", key=f"fake:m{number}")
            await harness.settled()
        await harness.stop()
        await harness.start(point)
        await harness.do(COMMANDS[name], key="fake:c")
        await harness.settled()
        killed = harness.life.ended.is_set()
        if killed:
            await harness.kill()
            await harness.start()
        await harness.do(COMMANDS[name], key="fake:c")
        await harness.settled()
        states.append(await state_of(harness))
        await harness.stop()
    assert all(state == states[-1] for state in states), states
    assert point > 2, "the command has points to be killed at"


@pytest.mark.parametrize("platform", ["no-find", "no-delete", "no-edit"])
async def test_on_lesser_platforms_every_answer_stands_and_at_most_one_copy_is_left(
    tmp_path: Path, platform: str
) -> None:
    point, killed = 0, True
    while killed:
        point += 1
        folder = tmp_path / str(point)
        folder.mkdir()
        harness, killed = await run(folder, SMALL[platform], one_turn, point)
        (wanted,) = await expected(harness)
        where = f"on {platform}, killed at {point}: {harness.life.points[-3:]}"
        pieces = [bare(post.text) for post in harness.posts()]
        copies = [piece for piece in dict.fromkeys(pieces) if pieces.count(piece) > 1]
        assert wanted in "".join(pieces) or wanted in "".join(dict.fromkeys(pieces)), where
        if harness.capabilities.find:
            assert not copies, where
        assert len(pieces) <= 1 + len([piece for piece in dict.fromkeys(pieces) if piece in wanted]), where
        await harness.stop()


async def test_killed_twice_at_any_two_points_a_turn_ends_once(tmp_path: Path) -> None:
    """Every fifth point of the first life with every third of the second: coprime, so that all kinds meet."""
    met: set[str] = set()
    for first in range(1, 40, 5):
        for second in range(1, 40, 3):
            folder = tmp_path / f"{first}-{second}"
            folder.mkdir()
            harness = FakeHarness(folder, SMALL["found-by-search"])
            harness.backend.script = two_posts
            await harness.start(first)
            await harness.say("one", key="fake:m1")
            await harness.settled()
            await harness.kill()
            await harness.start(second)
            await harness.settled()
            await harness.kill()
            await harness.start()
            await harness.settled()
            assert standing(harness) == "".join(await expected(harness)), f"killed at {first}, then {second}"
            (turn,) = await harness.turns()
            met.add(turn.status)
            assert len(await harness.history()) == (0 if turn.status == "failed" else 2)
            await harness.stop()
    assert met == {"delivered", "failed"}
