"""Posts whose create was not confirmed, found again: by their nonce, else by author and position."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from contract.slack import SlackHarness
from fakes.backend import reply
from fakes.clock import VirtualClock
from fakes.core import FolderShelf
from fakes.slack.apps import App
from fakes.slack.people import Person
from fakes.slack.sending import NONCE, bridge_of, chunk, options_of, shown, stream, target, text
from fakes.slack.server import FakeSlack
from fakes.slack.workspaces import Workspace
from fakes.slack.world import Channel, Message
from trunkline.bridge import Target
from trunkline.errors import RateLimited, Unconfirmed
from trunkline.messages import Inline, Media, Reply
from trunkline.messages import Message as Said
from trunkline_bridges.slack.bridge import SlackBridge
from trunkline_bridges.slack.sending.api import Api
from trunkline_bridges.slack.sending.drafts import metadata
from trunkline_bridges.slack.sending.finding import Finder, by_nonce, candidates

US = frozenset({"U1", "B1"})


def answers(slack: FakeSlack, asked: Message) -> list[Message]:
    return slack.world.thread(slack.world.channels[asked.channel_id], asked.ts)[1:]


async def test_a_lost_post_is_found_by_its_nonce(
    bridge: SlackBridge, slack: FakeSlack, asked: Message, place: Target
) -> None:
    await bridge.create(place, text("before"), NONCE[::-1], ())
    slack.faults.lose("chat.postMessage")
    with pytest.raises(Unconfirmed):
        await bridge.create(place, text("lost"), NONCE, ())
    assert await bridge.find(place, NONCE, ()) == answers(slack, asked)[1].ts
    assert await bridge.find(place, "never used", ()) is None


async def test_a_post_that_never_was_is_not_found(
    bridge: SlackBridge, slack: FakeSlack, ada: Person, asked: Message, place: Target
) -> None:
    slack.faults.drop("chat.postMessage")
    with pytest.raises(Unconfirmed):
        await bridge.create(place, text("lost"), NONCE, ())
    ada.reply(asked, "are you there?")
    assert await bridge.find(place, NONCE, ()) is None


async def test_another_life_finds_it_too(
    bridge: SlackBridge,
    slack: FakeSlack,
    app: App,
    clock: VirtualClock,
    tmp_path: Path,
    asked: Message,
    place: Target,
) -> None:
    ts = await bridge.create(place, text("hello"), NONCE, ())
    reborn = bridge_of(slack, app, clock, FolderShelf(tmp_path))
    assert await reborn.find(place, NONCE, ()) == ts
    await reborn.close()


async def test_at_the_top_level_the_history_is_read(
    bridge: SlackBridge, slack: FakeSlack, place: Target, general: Channel
) -> None:
    top = {key: value for key, value in place.items() if key != "thread"}
    ts = await bridge.create(top, text("hello"), NONCE, ())
    assert await bridge.find(top, NONCE, ()) == ts
    assert slack.count("conversations.history") == 1


async def test_a_long_thread_is_read_page_by_page(
    bridge: SlackBridge, slack: FakeSlack, ada: Person, asked: Message, place: Target
) -> None:
    for number in range(150):
        ada.reply(asked, f"and {number}")
    ts = await bridge.create(place, text("hello"), NONCE, ())
    assert await bridge.find(place, NONCE, ()) == ts
    assert slack.count("conversations.replies") == 2


async def test_a_limit_on_history_is_told(bridge: SlackBridge, slack: FakeSlack, place: Target) -> None:
    slack.faults.rate_limit("conversations.replies", 60.0)
    with pytest.raises(RateLimited):
        await bridge.find(place, NONCE, ())


async def test_without_a_core_nothing_is_guessed(
    bridge: SlackBridge, slack: FakeSlack, ada: Person, app: App, clock: VirtualClock
) -> None:
    asked = ada.post(ada.dm(app), "hi")
    where = target(slack, asked, clock, native=True)
    await bridge.create(where, text("a post with its nonce", key="status"), NONCE[::-1], ())
    slack.faults.lose("chat.startStream")
    with pytest.raises(Unconfirmed):
        await bridge.create(where, stream(chunk("Hello")), NONCE, ())
    assert len(answers(slack, asked)) == 2
    assert await bridge.find(where, NONCE, ()) is None, "without a core nobody knows whose it is"
    assert len(answers(slack, asked)) == 2


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[SlackHarness]:
    """The whole service, whose replies are streams."""
    made = SlackHarness(tmp_path, streaming="native")
    await made.start()
    yield made
    await made.stop()


async def killed_after(harness: SlackHarness, method: str) -> None:
    """The process dies when it has made something whose id it was not told."""
    slack = harness.slack
    slack.faults.lose(method)
    looking = slack.faults.hold("conversations.replies")
    await harness.say("hello")
    await harness.until(lambda: slack.count("conversations.replies") > 0)
    await harness.kill()
    looking.set()


async def test_in_another_life_a_lost_stream_is_taken_over(harness: SlackHarness) -> None:
    harness.backend.script = lambda request, number: (
        ["Half of it, and ", asyncio.Event()] if number == 1 else [reply("Whole")]
    )
    await killed_after(harness, "chat.startStream")
    before = [post.id for post in harness.posts()]
    assert len(before) == 1
    await harness.start()
    await harness.settled()
    assert [(post.id, post.text) for post in harness.posts()] == [(before[0], "Whole")]


async def test_in_the_same_life_a_lost_stream_is_begun_anew(harness: SlackHarness) -> None:
    gate = asyncio.Event()
    harness.backend.script = lambda request, number: ["Half of it, and ", gate, reply("Half of it, and the rest")]
    harness.slack.faults.lose("chat.startStream")
    await harness.say("hello")
    await harness.until(lambda: harness.slack.count("chat.startStream") == 2)
    gate.set()
    await harness.settled()
    assert [post.text for post in harness.posts()] == ["Half of it, and the rest"]
    assert harness.slack.count("chat.stopStream") == 2, "the first one does not stay open"


async def test_in_another_life_the_message_of_a_file_is_known(harness: SlackHarness) -> None:
    file = Media("file", Inline(b"hello"), name="a.txt", mime="text/plain")
    harness.backend.script = lambda request, number: [Reply((Said("assistant", (file,)),), state="final")]
    slack = harness.slack
    slack.faults.lose("files.completeUploadExternal")
    looking = slack.faults.hold("files.info")
    await harness.say("hello")
    await harness.until(lambda: slack.count("files.info") > 0)
    await harness.kill()
    looking.set()
    await harness.start()
    await harness.settled()
    assert [post.file for post in harness.posts() if post.file] == ["a.txt"]


async def test_of_several_none_is_taken(slack: FakeSlack, app: App, acme: Workspace, clock: VirtualClock) -> None:
    async def unowned(target: Target, ts: str) -> bool:
        return False

    bot = app.installs[acme.id].bot.id
    one, two = ({"ts": f"{number}.0", "user": bot, "blocks": [{"type": "markdown"}]} for number in (1, 2))
    async with Api(options_of(slack, app), clock) as api:
        finder = Finder(api, unowned)
        assert await finder.guess({"team": ""}, [one], ()) == one
        assert await finder.guess({"team": ""}, [one, two], ()) is None
        assert await finder.guess({"team": ""}, [one, two], [shown("1.0", text("x"))]) == two
    assert slack.count("auth.test") == 1


def message(ts: str, **more: Any) -> dict[str, Any]:
    return {"ts": ts, "user": "U1", "blocks": [{"type": "markdown", "text": "x"}], **more}


@pytest.mark.parametrize(
    "other",
    [
        message("1.0", user="U2"),
        message("1.0", metadata=metadata("another")),
        message("1.0", edited={"user": "U1", "ts": "2.0"}),
        message("1.0", blocks=[]),
        message("1.0", blocks=[{"type": "actions"}]),
    ],
)
def test_what_it_cannot_be(other: dict[str, Any]) -> None:
    assert candidates([other], US, ()) == []


def test_streams_and_files_behind_the_known_it_can_be() -> None:
    files = message("3.0", user="U9", bot_id="B1", blocks=[], files=[{"id": "F1"}])
    assert candidates([message("1.0"), message("2.0"), files], US, {"1.0"}) == [message("2.0"), files]


def test_the_nonce_is_enough() -> None:
    messages = [message("1.0", metadata=metadata("other")), message("2.0", metadata=metadata(NONCE))]
    assert by_nonce(messages, NONCE) == "2.0"
    assert (
        by_nonce([message("1.0", metadata={"event_type": "other", "event_payload": {"nonce": NONCE}})], NONCE)
        is None
    )
