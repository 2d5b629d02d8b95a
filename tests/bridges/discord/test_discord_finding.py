"""Posts whose create was not confirmed, found again in another life, once Discord has forgotten their nonces."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from contract.discord import DiscordHarness
from fakes.backend import reply
from trunkline_bridges.discord.sending.finding import by_nonce, candidates

BOT = "100000000000000001"
ASKED = "200000000000000000"
NONCE = "abcdefghijklmnopqrstuvwx"


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[DiscordHarness]:
    made = DiscordHarness(tmp_path)
    await made.start()
    yield made
    await made.stop()


async def killed_after_a_create(harness: DiscordHarness, posts: int, more: asyncio.Event | None = None) -> None:
    """The process dies when it has made so many posts and knows the ids of all but the last, after `more`."""
    discord = harness.discord
    discord.payloads.tells_nonces = False
    held = discord.faults.hold(f"GET /channels/{harness.channel('general').id}/messages")
    if posts == 1:
        discord.faults.lose("create")
    await harness.say("hello")
    if more is not None:
        await harness.until(lambda: len(harness.posts()) == posts - 1)
        discord.faults.lose("create")
        more.set()
    await harness.until(lambda: len(harness.posts()) == posts)
    await harness.until(lambda: any(c.method == "GET" and "messages" in c.path for c in discord.calls))
    await harness.kill()
    held.set()
    discord.messages.nonce_seconds = 0.0


async def test_a_first_post_is_known_by_what_it_replies_to(harness: DiscordHarness) -> None:
    harness.backend.script = lambda request, number: ["Half", asyncio.Event()] if number == 1 else [reply("Whole")]
    await killed_after_a_create(harness, 1)
    before = [post.id for post in harness.posts()]
    await harness.start()
    await harness.settled()
    assert [post.text for post in harness.posts()] == ["Whole"]
    assert [post.id for post in harness.posts()] == before


async def test_a_further_post_is_known_by_where_it_stands(harness: DiscordHarness) -> None:
    long = "\n\n".join(f"Paragraph {number}. " + "word " * 300 for number in range(2))
    more = asyncio.Event()
    harness.backend.script = lambda request, number: (
        [long[:1000], more, long, asyncio.Event()] if number == 1 else [reply(long)]
    )
    await killed_after_a_create(harness, 2, more)
    before = [post.id for post in harness.posts()]
    await harness.start()
    await harness.settled()
    assert [post.id for post in harness.posts()] == before
    assert "".join("".join(post.text for post in harness.posts()).split()) == "".join(long.split())


async def test_posts_of_other_turns_are_left_alone(harness: DiscordHarness) -> None:
    await harness.say("before")
    await harness.settled()
    other = harness.posts()[0]
    harness.backend.script = lambda request, number: ["Half", asyncio.Event()] if number == 2 else [reply("Whole")]
    harness.backend.asked.clear()
    await harness.say("hello")
    await harness.until(lambda: len(harness.posts()) == 2)
    await harness.kill()
    # What it made is gone, and nothing else may be taken for it.
    harness.discord.payloads.tells_nonces = False
    harness.delete_post(harness.posts()[1].id)
    await harness.start()
    await harness.settled()
    assert [post.text for post in harness.posts()] == [other.text, "Whole"]
    assert harness.posts()[0].id == other.id


def message(number: int, **more: Any) -> dict[str, Any]:
    return {"id": str(int(ASKED) + number), "author": {"id": BOT}, "components": [], **more}


def replying(number: int, **more: Any) -> dict[str, Any]:
    return message(number, message_reference={"message_id": ASKED}, **more)


def found(messages: list[dict[str, Any]], known: tuple[str, ...] = (), turn: int = 7) -> list[int]:
    return [int(one) - int(ASKED) for one in candidates(messages, BOT, known, ASKED, turn)]


def test_the_nonce_is_enough() -> None:
    assert by_nonce([message(1, nonce="other"), message(2, nonce=NONCE)], NONCE) == str(int(ASKED) + 2)
    assert by_nonce([message(1)], NONCE) is None


def test_a_first_post_replies() -> None:
    elsewhere = message(3, message_reference={"message_id": "1"})
    assert found([message(1), replying(2), elsewhere]) == [2]


def test_further_posts_stand_behind_those_that_are_known() -> None:
    known = (str(int(ASKED) + 2),)
    assert found([message(1), replying(2), message(3), message(4)], known) == [3, 4]


@pytest.mark.parametrize(
    "other",
    [
        replying(1, author={"id": "5"}),
        replying(1, nonce="somebody else's"),
        replying(1, interaction_metadata={"id": "1"}),
        replying(1, components=[{"components": [{"custom_id": "tl:retry:8:0"}]}]),
    ],
    ids=["of a person", "of another create", "an answer to a command", "with another turn's controls"],
)
def test_others_are_no_candidates(other: dict[str, Any]) -> None:
    assert found([other]) == []


def test_ones_own_controls_are_no_obstacle() -> None:
    assert found([replying(1, components=[{"components": [{"custom_id": "tl:stop:7:0"}]}])]) == [1]
