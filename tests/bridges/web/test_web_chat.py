"""Talking over the web: commands, what they do, and what every window sees of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from fakes.core import text_reply
from fakes.web_client import WebClient
from fakes.web_server import Served
from trunkline.backend import Abilities
from trunkline.errors import AppUnreachable
from trunkline.inbound import Choose, Edit, Press, Rate, Say, Stop, UseExample
from trunkline.messages import Message, Notice, Option, Reply, Text, Thought


def spoken(text: str) -> Iterator[Reply]:
    words = f"You said: {text}".split()
    for count in range(1, len(words)):
        yield text_reply(" ".join(words[:count]), running=True)
    yield text_reply(" ".join(words))


async def talked(web: Served, *said: str) -> WebClient:
    """A tab in which these messages were answered."""
    web.core.answers = spoken
    tab = await web.visit()
    for text in said:
        ack = await tab.say(text)
        await tab.until(lambda ack=ack: tab.state(ack["turn"]) == "delivered")  # type: ignore[misc]
    web.core.answers = None
    return tab


async def test_a_message_is_answered(web: Served) -> None:
    tab = await talked(web, "hello there")

    assert [(role, text) for _, role, text in tab.seen()] == [
        ("user", "hello there"),
        ("assistant", "You said: hello there"),
    ]
    assert tab.reply()["controls"] == ["retry", "undo", "edit", "rate"]


async def test_a_post_carries_the_id_of_its_command(web: Served) -> None:
    tab = await web.visit()
    frame = tab.command("send", parts=[{"type": "text", "text": "hi"}])
    await tab.give(frame)
    await tab.until(lambda: bool(tab.seen()))

    (turn,) = tab.turns.values()
    assert turn["posts"][0]["client_id"] == frame["id"]


async def test_a_reply_streams_as_appended_text(web: Served) -> None:
    tab = await web.visit()
    await tab.say("go")
    turn = await web.core.begun()
    turn.show("One")
    await tab.until(lambda: tab.replied() == "One")
    turn.show("One two")
    await tab.until(lambda: tab.replied() == "One two")
    await turn.finish("One two three.")
    await tab.until(lambda: tab.state() == "delivered")

    patches = [frame["patches"] for frame in tab.frames if frame["type"] == "post.patch"]
    assert patches[0] == [{"op": "append", "path": ["messages", 0, "parts", 0, "text"], "value": " two"}]


async def test_thoughts_keep_when_they_began(web: Served) -> None:
    tab = await web.visit()
    await tab.say("think")
    turn = await web.core.begun()

    def thinking(text: str) -> Reply:
        return Reply((Message("assistant", (Thought("Search", (Text(text),), "pending"),)),))

    turn.show(thinking("a"))
    await tab.until(lambda: "messages" in (tab.reply() if tab.replied() or len(tab.seen()) > 1 else {}))
    began = tab.reply()["messages"][0]["parts"][0]["started_at"]
    web.clock.skip(30)
    turn.show(thinking("ab"))
    await tab.until(lambda: tab.reply()["messages"][0]["parts"][0]["parts"][0]["text"] == "ab")

    assert tab.reply()["messages"][0]["parts"][0]["started_at"] == began
    await turn.finish(
        Reply((Message("assistant", (Thought("Search", (Text("ab"),), "done", 30.0),)),), state="final")
    )
    await tab.until(lambda: tab.state() == "delivered")
    assert "started_at" not in tab.reply()["messages"][0]["parts"][0]


async def test_half_a_surrogate_pair_and_numbers_that_are_none_are_shown(web: Served) -> None:
    tab = await web.visit()
    await tab.say("emoji")
    turn = await web.core.begun()
    turn.show("so \ud83d")
    await tab.until(lambda: tab.replied().startswith("so "))
    await turn.finish("so \U0001f600")
    await tab.until(lambda: tab.state() == "delivered")

    assert tab.replied() == "so \U0001f600"


async def test_tokens_that_come_faster_than_a_screen_shows_them_are_joined(web: Served) -> None:
    tab = await web.visit()
    await tab.say("count")
    turn = await web.core.begun()
    began = web.clock.now()
    for number in range(1, 301):
        turn.show("token " * number)
        await asyncio.get_running_loop().run_in_executor(None, int)
    await tab.until(lambda: tab.replied() == "token " * 300)
    elapsed = web.clock.now() - began
    changes = [frame for frame in tab.frames if frame["type"] in {"post.create", "post.patch"}]
    await turn.finish("token " * 300)

    assert len(changes) <= elapsed * 60 + 3


async def test_stop_ends_the_running_turn_and_says_so(web: Served) -> None:
    tab = await web.visit()
    sent = await tab.say("go")
    (await web.core.begun()).show("half of")
    ack = await tab.ask("stop", turn=sent["turn"])
    await tab.until(lambda: tab.state() == "stopped")

    assert ack["outcome"] == "done"
    late = await tab.ask("stop", turn=sent["turn"])
    assert late["outcome"] == "ignored"
    assert [event.command for event in web.core.events if isinstance(event.command, Stop)] == [
        Stop(sent["turn"])
    ] * 2


async def test_a_message_behind_a_running_turn_waits_and_then_runs(web: Served) -> None:
    tab = await web.visit()
    first = await tab.say("first")
    turn = await web.core.begun()
    second = await tab.say("second")
    await tab.until(lambda: tab.state(second["turn"]) == "received")
    assert second["outcome"] == "queued"
    assert tab.turns[second["turn"]]["queue"] == {"rank": 1}

    await turn.finish("one")
    await (await web.core.begun(second["turn"])).finish("two")
    await tab.until(lambda: tab.state(second["turn"]) == "delivered")
    assert tab.replied(first["turn"]) == "one"
    assert "retry" not in tab.reply(first["turn"])["controls"]
    assert "retry" in tab.reply(second["turn"])["controls"]


async def test_a_message_that_waits_is_taken_back_by_its_number(web: Served) -> None:
    tab = await web.visit()
    first = await tab.say("first")
    turn = await web.core.begun()
    second = await tab.say("second")
    ack = await tab.ask("stop", turn=second["turn"])
    await tab.until(lambda: second["turn"] not in tab.turns)
    await turn.finish("one")
    await tab.until(lambda: tab.state(first["turn"]) == "delivered")

    assert (ack["outcome"], ack["turn"]) == ("done", second["turn"])
    assert [text for _, _, text in tab.seen()] == ["first", "one"]
    assert not turn.stopping


async def test_controls_leave_the_older_turn_and_come_back_after_undo(web: Served) -> None:
    tab = await talked(web, "one", "two")
    older, newer = sorted(tab.turns)
    assert tab.reply(older)["controls"] == ["edit", "rate"]

    ack = await tab.ask("undo")
    await tab.until(lambda: "undo" in tab.reply(older)["controls"])

    assert ack["outcome"] == "done"
    assert newer not in tab.turns


async def test_retry_takes_the_place_of_the_turn(web: Served) -> None:
    tab = await talked(web, "one", "two")
    older, newer = sorted(tab.turns)
    ack = await tab.ask("retry", turn=newer)
    again = await web.core.begun(ack["turn"])
    await tab.until(lambda: tab.state(ack["turn"]) == "running")
    assert sorted(tab.turns) == [older, ack["turn"]]

    other = await web.visit(token=tab.token)
    assert sorted(other.turns) == [older, ack["turn"]]
    await again.finish("better")
    await tab.until(lambda: tab.state(ack["turn"]) == "delivered")
    await other.until(lambda: other.state(ack["turn"]) == "delivered")
    assert tab.view() == other.view()


async def test_a_failed_retry_gives_back_what_it_was_to_replace(web: Served) -> None:
    tab = await talked(web, "one")
    (first,) = tab.turns
    ack = await tab.ask("retry", turn=first)
    again = await web.core.begun(ack["turn"])
    await tab.until(lambda: first not in tab.turns)
    await again.finish(Reply(state="failed", error="The app failed: try again."))
    await tab.until(lambda: first in tab.turns)

    assert tab.replied(first) == "You said: one"
    assert tab.state(ack["turn"]) == "failed"
    assert tab.reply(ack["turn"])["controls"] == ["retry"]


async def test_a_retry_keeps_what_waits_behind_it(web: Served) -> None:
    tab = await talked(web, "one")
    (first,) = tab.turns
    await tab.say("busy")
    busy = await web.core.begun()
    retry = await tab.ask("retry", turn=first)
    waiting = await tab.say("later")
    await busy.finish("done")
    again = await web.core.begun(retry["turn"])
    await tab.until(lambda: tab.state(retry["turn"]) == "running")

    assert (waiting["turn"], "user", "later") in tab.seen()
    await again.finish("again")


async def test_edit_says_something_else(web: Served) -> None:
    tab = await talked(web, "one")
    (first,) = tab.turns
    ack = await tab.ask("edit", turn=first, parts=[{"type": "text", "text": "two"}])
    await (await web.core.begun(ack["turn"])).finish("edited")
    await tab.until(lambda: tab.state(ack["turn"]) == "delivered")

    assert [text for _, _, text in tab.seen()] == ["two", "edited"]
    assert web.core.events[-1].command == Edit((Text("two"),), first)


async def test_clear_empties_every_window(web: Served) -> None:
    tab = await talked(web, "one")
    other = await web.visit(token=tab.token)
    assert other.seen()
    await tab.ask("clear")
    await other.until(lambda: not other.turns)

    assert not tab.turns


async def test_options_examples_and_buttons(web: Served) -> None:
    tab = await web.visit()
    await tab.ask("example", index=0)
    options = (Option("a", "Yes"), Option("b"))
    await (await web.core.begun()).finish(Reply((Message("assistant", (Text("Well?"),), options),), state="final"))
    await tab.until(lambda: tab.state() == "delivered")
    assert tab.reply()["messages"][0]["options"] == [
        {"type": "option", "value": "a", "label": "Yes"},
        {"type": "option", "value": "b"},
    ]
    assert "choose" in tab.reply()["controls"]

    chosen = await tab.ask("choose", turn=max(tab.turns), index=1)
    await (await web.core.begun(chosen["turn"])).finish("fine")
    pressed = await tab.ask("press", button="upvote")

    assert pressed["outcome"] == "started"
    commands = [
        event.command for event in web.core.events if isinstance(event.command, UseExample | Choose | Press)
    ]
    assert commands == [UseExample(0), Choose(1, chosen["turn"] - 1), Press("upvote")]


async def test_an_option_of_the_greeting_begins_a_conversation(web: Served) -> None:
    tab = await web.visit()
    chosen = await tab.ask("choose", turn=0, index=1)

    assert chosen["outcome"] == "started"
    assert chosen["conversation"] == tab.conversation != 0
    assert [event.command for event in web.core.events if isinstance(event.command, Choose)] == [Choose(1)]


async def test_ratings_reach_every_window_and_last(web: Served) -> None:
    tab = await talked(web, "one")
    other = await web.visit(token=tab.token)
    (turn,) = tab.turns
    await tab.ask("rate", turn=turn, message=0, value="Like", comment="good")
    await other.until(lambda: bool(other.turns[turn].get("ratings")))
    later = await web.visit(token=tab.token)

    assert other.turns[turn]["ratings"] == later.turns[turn]["ratings"] == [{"message": 0, "value": "Like"}]
    assert web.core.events[-1].command == Rate("Like", turn, 0, comment="good")


async def test_settings_reach_every_window(web: Served) -> None:
    tab = await talked(web, "one")
    other = await web.visit(token=tab.token)
    await tab.ask("settings.set", values={"temperature": 0.5, "style": None})
    await other.until(lambda: other.settings == {"temperature": 0.5})

    assert tab.settings == {"temperature": 0.5}


async def test_context_goes_with_messages_and_not_with_other_commands(web: Served) -> None:
    tab = web.client()
    await tab.connect(context={"page": "/a", "plan": "pro"})
    await tab.ask("context.set", values={"page": "/b", "plan": None})
    await tab.say("hi", context={"extra": 1})
    await tab.ask("stop")

    said = next(event for event in web.core.events if isinstance(event.command, Say))
    stop = next(event for event in web.core.events if isinstance(event.command, Stop))
    assert said.context == {"page": "/b", "extra": 1}
    assert stop.context == {}


async def test_a_repeated_command_is_done_once(web: Served) -> None:
    tab = await talked(web, "one")
    frame = tab.command("send", parts=[{"type": "text", "text": "two"}])
    await tab.give(frame)
    first = await tab.answer(frame["id"])
    del tab.answers[frame["id"]]
    await tab.give(frame)
    second = await tab.answer(frame["id"])

    assert second["outcome"] == "duplicate"
    assert (second["turn"], second["conversation"]) == (first["turn"], first["conversation"])
    assert [text for _, role, text in tab.seen() if role == "user"] == ["one", "two"]


async def test_two_visitors_may_use_the_same_command_id(web: Served) -> None:
    mine, theirs = await web.visit(), await web.visit()
    frame = mine.command("send", parts=[{"type": "text", "text": "hi"}])
    await mine.give(frame)
    await theirs.give(frame)

    assert (await mine.answer(frame["id"]))["outcome"] == "started"
    assert (await theirs.answer(frame["id"]))["outcome"] == "started"


async def test_what_the_core_denies_is_told_in_its_words(web: Served) -> None:
    web.core.denies = "This app takes text only."
    tab = await web.visit()
    ack = await tab.say("hi")

    assert (ack["outcome"], ack["text"]) == ("denied", "This app takes text only.")
    assert tab.conversation == 0
    assert not web.core.conversations_held


async def test_a_message_that_could_not_be_stored_may_be_sent_again(web: Served) -> None:
    tab = await talked(web, "one")
    web.core.store_down = True
    frame = tab.command("send", parts=[{"type": "text", "text": "two"}])
    await tab.give(frame)
    refused = await tab.answer(frame["id"])
    assert (refused["type"], refused["code"]) == ("error", "unavailable")
    assert refused["retry_after"] > 0

    web.core.store_down = False
    del tab.answers[frame["id"]]
    await tab.give(frame)
    assert (await tab.answer(frame["id"]))["outcome"] == "started"


async def test_an_app_that_cannot_be_reached_is_named_and_tried_again_later(web: Served) -> None:
    web.core.app_down = AppUnreachable("The app at http://app does not answer.")
    tab = web.client()
    await tab.connect(wait=False)

    assert await tab.closed() == 1013
    assert tab.errors[0]["message"] == "The app at http://app does not answer."
    assert tab.errors[0]["retry_after"] > 0


async def test_controls_never_offer_what_the_app_forbids(web: Served) -> None:
    none = Abilities(retry=False, undo=False, edit=False)
    web.core.profiles["demo"] = replace(web.core.profiles["demo"], abilities=none)
    tab = await talked(web, "one")

    assert tab.reply()["controls"] == ["rate"]


async def test_notices_stand_while_they_hold(web: Served) -> None:
    tab = await web.visit()
    await tab.say("go")
    turn = await web.core.begun()
    turn.show(Reply(notices=(Notice("queue", rank=2, queue_size=5, eta=3.0),)))
    await tab.until(lambda: len(tab.seen()) == 2)
    assert tab.reply()["notices"] == [{"type": "notice", "level": "queue", "rank": 2, "queue_size": 5, "eta": 3.0}]
    await turn.finish("done")
    await tab.until(lambda: tab.state() == "delivered")

    assert "notices" not in tab.reply()


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "call.end"},
        {"type": "call.mute", "on": True},
        {"type": "call.press", "control": "stop"},
        {"type": "call.played", "track": 1, "position_ms": 1},
    ],
)
async def test_calls_are_declined_and_sound_is_dropped(web: Served, frame: dict[str, Any]) -> None:
    tab = await web.visit()
    await tab.binary(b"\x01\x01\x00\x00" + b"\0" * 60)
    await tab.give({**frame, "call": 1})
    ack = await tab.ask("call.start", codec="pcm_s16le")

    assert ack["outcome"] == "denied"
    assert "calls" in ack["text"]
    assert not tab.errors
