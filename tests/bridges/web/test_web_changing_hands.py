"""A window that somebody else uses from now on: nothing of whoever sat there before may reach it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from fakes.core import text_reply
from fakes.tokens import SITE_SECRET, token
from fakes.web_client import WebClient
from fakes.web_server import Served, serving
from trunkline.errors import AppUnreachable
from trunkline.inbound import NewConversation, Place
from trunkline_bridges.web.handshake import TRY_AGAIN
from trunkline_bridges.web.identity import place_of, visitor_of


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Served]:
    async with serving(tmp_path, identity_secret=SITE_SECRET, identity_leeway=0) as served:
        served.core.answers = lambda said: iter([text_reply(f"heard {said}")])
        yield served


async def signed_in(shop: Served, subject: str = "alice", **hello: Any) -> WebClient:
    tab = shop.client()
    await tab.connect(identity_token=token(subject), **hello)
    return tab


async def talked(tab: WebClient, text: str) -> int:
    ack = await tab.say(text)
    await tab.until(lambda: tab.state(ack["turn"]) == "delivered")
    return tab.conversation


@pytest.mark.parametrize("identity", [None, "bob"])
async def test_a_change_that_cannot_be_shown_ends_the_connection(shop: Served, identity: str | None) -> None:
    """The app is away: there is no `welcome`, and what runs for the one before is not shown any more."""
    shop.core.answers = None
    tab = await signed_in(shop)
    await tab.say("mine")
    turn = await shop.core.begun()
    turn.show("half")
    await tab.until(lambda: tab.replied() == "half")
    shop.core.app_down = AppUnreachable("The app is away.")
    await tab.ask("identify", token=identity and token(identity))
    turn.show("half and a secret")

    assert await tab.closed() == TRY_AGAIN
    assert "a secret" not in json.dumps(tab.frames)


async def test_what_was_chosen_for_a_new_chat_stays_with_the_person(shop: Served) -> None:
    tab = await signed_in(shop)
    await tab.ask("conversation.new", title="What ails Alice")
    await tab.ask("identify", token=token("bob"))
    await talked(tab, "hello")

    made = [event for event in shop.core.events if isinstance(event.command, NewConversation)]
    assert [(event.speaker.user_id, event.command.title) for event in made] == [("bob", "")]  # type: ignore[union-attr]


async def test_the_next_person_is_told_nothing_of_the_chat_before(shop: Served) -> None:
    tab = await signed_in(shop)
    await talked(tab, "hers")
    await tab.ask("identify", token=token("bob"))
    await tab.until(lambda: tab.conversation == 0)
    assert tab.errors == []


async def test_a_sign_in_that_is_refused_ends_the_one_before(shop: Served) -> None:
    """The website says that it is somebody else now, though not who."""
    tab = await signed_in(shop)
    await talked(tab, "hers")
    ack = await tab.ask("identify", token=token("bob", secret="x" * 32))
    await tab.until(lambda: "identity" not in tab.welcome and tab.conversation == 0)

    assert ack["outcome"] == "denied"
    assert [error["code"] for error in tab.errors] == ["identity"]
    assert tab.turns == {}
    assert tab.conversations == []


async def test_a_chat_that_is_still_being_read_is_not_shown_to_the_next(shop: Served) -> None:
    """The open chat was deleted elsewhere, so that another is fetched; meanwhile its person signs out."""
    tab = await signed_in(shop)
    first = await talked(tab, "a secret")
    await tab.ask("conversation.new")
    second = await talked(tab, "something else")
    elsewhere = await signed_in(shop)
    reading, goes_on, read = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def hold(_: Place, conversation: int) -> None:
        if conversation == first:
            reading.set()
            await goes_on.wait()

    shop.core.reading = hold
    await elsewhere.ask("conversation.delete", conversation=second)
    await asyncio.wait_for(reading.wait(), 15)
    await tab.ask("identify", token=None)
    await tab.until(lambda: "identity" not in tab.welcome and tab.conversation == 0)
    shown = len(tab.frames)
    shop.core.before_transcript = read.set
    goes_on.set()
    await asyncio.wait_for(read.wait(), 15)
    await tab.ask("conversation.list", limit=5)
    await tab.ask("conversation.list", limit=5)

    assert "a secret" not in json.dumps(tab.frames[shown:])
    assert tab.conversation == 0


async def test_nobody_holds_a_chat_in_memory_by_asking_for_it(shop: Served) -> None:
    """What the core delivers meanwhile would go to whoever asked, and be lost with the refusal."""
    hers = await signed_in(shop)
    chat = await talked(hers, "hers")
    await hers.drop()
    await shop.left(0)
    shop.clock.skip(600)
    shop.bridge.sweep()
    held: list[int] = []

    async def count(_: Place, conversation: int) -> None:
        if conversation == chat:
            held.append(shop.bridge.streams_held)

    shop.core.reading = count
    thief = await signed_in(shop, "bob", conversation=chat)

    assert thief.conversation == 0
    assert held
    assert set(held) == {0}


async def test_a_list_that_was_asked_for_before_is_not_sent_to_the_next(shop: Served) -> None:
    shop.core.answers = None
    tab = await signed_in(shop)
    await tab.say("a secret")
    turn = await shop.core.begun()
    asked, goes_on = asyncio.Event(), asyncio.Event()

    async def hold(place: Place) -> None:
        if place.channel == "alice":
            asked.set()
            await goes_on.wait()

    shop.core.listing = hold
    await turn.finish("done")
    await asyncio.wait_for(asked.wait(), 15)
    await tab.ask("identify", token=None)
    await tab.until(lambda: "identity" not in tab.welcome and tab.conversation == 0)
    shown = len(tab.frames)
    goes_on.set()
    await tab.ask("conversation.list", limit=5)
    await tab.ask("conversation.list", limit=5)

    assert "a secret" not in json.dumps(tab.frames[shown:])


async def test_a_chat_that_changed_hands_elsewhere_is_no_longer_shown_to_its_former_visitor(shop: Served) -> None:
    """Another process took the chats over: this one learns of it when the person opens one here."""
    shop.core.answers = None
    former = await shop.visit()
    await former.say("mine")
    turn = await shop.core.begun()
    turn.show("half")
    await former.until(lambda: former.replied() == "half")
    shop.core.conversation(former.conversation).place = place_of("demo", visitor_of("alice"))
    alice = await signed_in(shop, conversation=former.conversation)
    turn.show("half and a secret")
    await alice.until(lambda: alice.replied() == "half and a secret")

    assert await former.closed() == TRY_AGAIN
    assert "a secret" not in json.dumps(former.frames)


@pytest.mark.parametrize(("subject", "theirs"), [("alice", ["too late"]), ("bob", [])])
async def test_what_was_said_after_a_sign_in_ran_out_is_that_persons_or_nobodys(
    shop: Served, subject: str, theirs: list[str]
) -> None:
    """It was written by who sat there before, and may have waited to be sent."""
    tab = shop.client()
    await tab.connect(identity_token=token("alice", lasts=100))
    shop.clock.skip(200)
    await tab.ask("conversation.list", limit=5)
    await tab.until(lambda: "identity" not in tab.welcome)
    await talked(tab, "too late")
    await tab.ask("identify", token=token(subject, lasts=10_000))
    await tab.until(lambda: "identity" in tab.welcome)

    assert [item["title"] for item in tab.welcome["conversations"]] == theirs
