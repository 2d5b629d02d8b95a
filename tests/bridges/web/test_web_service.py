"""The web bridge with the real core behind it: store, router and delivery; only the app is scripted."""

from __future__ import annotations

import asyncio
from pathlib import Path

from fakes.backend import ScriptedBackend
from fakes.tokens import SITE_SECRET, token
from fakes.web_client import WebClient
from fakes.web_service import service
from trunkline.messages import Speaker


async def talk(tab: WebClient, *said: str) -> list[int]:
    """Say these things, one after another's reply; the turns."""
    turns = []
    for text in said:
        ack = await tab.say(text)
        await tab.until(lambda ack=ack: tab.state(ack["turn"]) == "delivered")  # type: ignore[misc]
        turns.append(ack["turn"])
    return turns


async def same_for_all(base: str, tab: WebClient) -> None:
    """What this tab shows is what another one is given."""
    async with WebClient(base, token=tab.token) as other:
        await other.connect()
        assert other.view() == tab.view()


async def test_a_conversation_goes_through_the_whole_service(tmp_path: Path) -> None:
    backend = ScriptedBackend()
    async with service(tmp_path, backend) as base, WebClient(base) as tab:
        await tab.connect()
        first, second = await talk(tab, "hello", "again")
        assert tab.replied(first) == "Turn 1 heard: hello"
        assert tab.reply(first)["controls"] == ["edit", "rate"]
        await same_for_all(base, tab)

        retried = await tab.ask("retry", turn=second)
        await tab.until(lambda: tab.state(retried["turn"]) == "delivered")
        assert sorted(tab.turns) == [first, retried["turn"]]
        await same_for_all(base, tab)

        await tab.ask("rate", turn=first, message=0, value="Like")
        await tab.until(lambda: bool(tab.turns[first].get("ratings")))
        await same_for_all(base, tab)

        edited = await tab.ask("edit", turn=retried["turn"], parts=[{"type": "text", "text": "other"}])
        await tab.until(lambda: tab.state(edited["turn"]) == "delivered")
        assert (edited["turn"], "user", "other") in tab.seen()
        await same_for_all(base, tab)

        await tab.ask("undo")
        await tab.until(lambda: sorted(tab.turns) == [first] and "undo" in tab.reply(first)["controls"])
        await same_for_all(base, tab)

        await tab.ask("clear")
        assert not tab.turns
        await same_for_all(base, tab)


async def test_a_queued_message_and_a_stop(tmp_path: Path) -> None:
    gate = asyncio.Event()
    backend = ScriptedBackend(
        script=lambda request, number: ["Once", gate, "Once upon"] if number == 1 else ["Next"]
    )
    async with service(tmp_path, backend) as base, WebClient(base) as tab:
        await tab.connect()
        first = await tab.say("one")
        await tab.until(lambda: tab.replied(first["turn"]) == "Once")
        second = await tab.say("two")
        assert second["outcome"] == "queued"
        await same_for_all(base, tab)
        await tab.ask("stop", turn=first["turn"])
        await tab.until(lambda: tab.state(second["turn"]) == "delivered")
        assert tab.state(first["turn"]) == "stopped"
        await same_for_all(base, tab)


async def test_conversations_of_the_whole_service(tmp_path: Path) -> None:
    async with service(tmp_path, ScriptedBackend()) as base, WebClient(base) as tab:
        await tab.connect()
        await talk(tab, "about cats")
        cats = tab.conversation
        await tab.ask("conversation.new")
        await talk(tab, "about dogs")
        await tab.until(lambda: len(tab.conversations) == 2)
        found = await tab.ask("conversation.search", query="cats")
        assert [item["conversation"] for item in found["items"]] == [cats]
        await tab.ask("conversation.delete", conversation=tab.conversation)
        await tab.until(lambda: tab.conversation == cats)
        assert tab.replied() == "Turn 1 heard: about cats"
        await tab.ask("forget_me")
        await tab.until(lambda: tab.conversation == 0 and not tab.conversations)


async def test_signing_in_goes_through_the_whole_service(tmp_path: Path) -> None:
    """In the middle of a reply, which goes on; on a second device; and what is forgotten is forgotten for both."""
    gate = asyncio.Event()
    backend = ScriptedBackend(
        script=lambda request, number: ["Once", gate, "Once upon"] if number == 1 else [f"Turn {number}"]
    )
    async with service(tmp_path, backend, identity_secret=SITE_SECRET) as base, WebClient(base) as tab:
        await tab.connect()
        sent = tab.command("send", parts=[{"type": "text", "text": "a story"}])
        await tab.give(sent)
        await tab.answer(sent["id"])
        await tab.until(lambda: tab.replied() == "Once")
        await tab.ask("identify", token=token("google:alice", name="Alice"))
        gate.set()
        await tab.until(lambda: tab.replied() == "Once upon" and tab.state() == "delivered")
        await tab.ask("undo")
        await tab.until(lambda: not tab.turns)
        await talk(tab, "again")
        assert backend.requests[-1].speaker == Speaker("web", "google:alice", "Alice", "signed-in")
        await tab.give(sent)
        await tab.until(lambda: tab.answers[sent["id"]]["outcome"] == "duplicate")
        async with WebClient(base) as phone:
            await phone.connect(identity_token=token("google:alice"))
            assert phone.view() == tab.view()
            await phone.ask("forget_me")
            assert await tab.closed() == 4401


async def test_a_reply_is_finished_by_the_next_process(tmp_path: Path) -> None:
    gate = asyncio.Event()
    backend = ScriptedBackend(script=lambda request, number: ["Once", gate, "Once upon"])
    async with WebClient("") as tab:
        async with service(tmp_path, backend) as base:
            tab.base = base
            await tab.connect()
            await tab.say("a story")
            await tab.until(lambda: tab.replied() == "Once")
        await tab.closed()
        gate.set()
        async with service(tmp_path, backend, int(base.rpartition(":")[2])) as base:
            await tab.connect()
            await tab.until(lambda: tab.state() == "delivered")
            assert [text for _, _, text in tab.seen()] == ["a story", "Once upon"]
            await same_for_all(base, tab)
