"""A visitor's conversations: the new one, switching, titles, search, older turns, and whose they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from fakes.core import text_reply
from fakes.web_client import WebClient
from fakes.web_server import Served, serving
from trunkline.backend import AppInput
from trunkline.inbound import Configure, ForgetMe, NewConversation
from trunkline.messages import Reply


def answered(text: str) -> Iterator[Reply]:
    yield text_reply(f"re: {text}")


async def talk(tab: WebClient, *said: str) -> int:
    """Say these things in the open conversation and wait for the replies; its number."""
    for text in said:
        ack = await tab.say(text)
        await tab.until(lambda ack=ack: tab.state(ack["turn"]) == "delivered")  # type: ignore[misc]
    return tab.conversation


async def test_a_new_visitor_begins_in_conversation_zero_which_is_not_stored(web: Served) -> None:
    tab = await web.visit()

    assert (tab.conversation, tab.stream, tab.turns) == (0, "new", {})
    assert tab.conversations == []
    assert not web.core.events


async def test_the_first_message_makes_the_conversation_and_shows_it_before_the_ack(web: Served) -> None:
    tab = await web.visit()
    ack = await tab.say("hi")

    kinds = [frame["type"] for frame in tab.frames]
    assert kinds.index("snapshot", 2) < kinds.index("ack")
    assert ack["conversation"] == tab.conversation != 0
    await (await web.core.begun()).finish()


async def test_a_new_chat_in_one_tab_leaves_the_other_tab_where_it_is(web: Served) -> None:
    web.core.answers = answered
    tab = await web.visit()
    first = await talk(tab, "one")
    other = await web.visit(token=tab.token)
    await tab.ask("conversation.new", title="Second")
    assert tab.conversation == 0
    second = await talk(tab, "two")
    await talk(other, "three")

    assert other.conversation == first != second
    assert [text for _, role, text in other.seen() if role == "user"] == ["one", "three"]
    assert [text for _, role, text in tab.seen() if role == "user"] == ["two"]
    assert web.core.conversation(second).title == "Second"


async def test_settings_chosen_before_the_first_message_go_with_it(web: Served) -> None:
    inputs = (
        AppInput(1, "temperature", "Temperature", "number", maximum=1.0),
        AppInput(2, "style", "Style", "text"),
    )
    web.core.profiles["demo"] = replace(web.core.profiles["demo"], inputs=inputs)
    tab = await web.visit()
    refused = await tab.ask("settings.set", values={"temperature": 2})
    assert refused["outcome"] == "denied"
    await tab.ask("settings.set", values={"temperature": 0.1, "style": "x"})
    await tab.ask("settings.set", values={"style": None})
    assert tab.settings == {"temperature": 0.1}
    await tab.say("hi")

    assert tab.settings == {"temperature": 0.1}
    assert [type(event.command) for event in web.core.events][:2] == [NewConversation, Configure]
    await (await web.core.begun()).finish()


async def test_switching_shows_the_other_conversation(web: Served) -> None:
    web.core.answers = answered
    tab = await web.visit()
    first = await talk(tab, "one")
    await tab.ask("conversation.new")
    second = await talk(tab, "two")
    await tab.ask("conversation.switch", conversation=first)

    assert tab.conversation == first
    assert [text for _, _, text in tab.seen()] == ["one", "re: one"]
    web.core.answers = None
    running = await tab.say("more")
    await tab.ask("conversation.switch", conversation=second)
    await (await web.core.begun(running["turn"])).finish("elsewhere")
    assert [text for _, _, text in tab.seen()] == ["two", "re: two"]
    await tab.ask("conversation.switch", conversation=first)
    assert tab.replied() == "elsewhere"


async def test_every_window_is_told_of_titles_and_of_what_runs(web: Served) -> None:
    tab = await web.visit()
    other = await web.visit(token=tab.token)
    await tab.say("hello")
    turn = await web.core.begun()
    await other.until(lambda: [item.get("running") for item in other.conversations] == [True])
    await turn.finish()
    await other.until(lambda: [item.get("running", False) for item in other.conversations] == [False])
    await tab.ask("conversation.rename", conversation=tab.conversation, title="Greetings")
    await other.until(lambda: [item["title"] for item in other.conversations] == ["Greetings"])


async def test_a_deleted_conversation_leaves_every_window(web: Served) -> None:
    web.core.answers = answered
    tab = await web.visit()
    first = await talk(tab, "one")
    await tab.ask("conversation.new")
    second = await talk(tab, "two")
    other = await web.visit(token=tab.token)
    await tab.ask("conversation.delete", conversation=second)
    await tab.until(lambda: tab.conversation == first)
    await other.until(lambda: other.conversation == first)
    await tab.ask("conversation.delete", conversation=first)
    await tab.until(lambda: tab.conversation == 0)

    assert not tab.turns


async def test_a_window_that_is_leaving_does_not_break_a_deletion_in_another(web: Served) -> None:
    tab = await web.visit()
    site = web.bridge._site
    assert site is not None
    (leaving,) = site.everyone()
    await tab.leave()
    await web.left(0)
    leaving.open_current()
    assert leaving.conversation == 0


async def test_titles_are_listed_and_found(web: Served) -> None:
    web.core.answers = answered
    tab = await web.visit()
    for text in ("about cats", "about dogs", "about birds"):
        await tab.ask("conversation.new")
        await talk(tab, text)
    some = await tab.ask("conversation.list", limit=2)
    rest = await tab.ask("conversation.list", limit=2, before=some["items"][-1]["updated_at"])
    found = tab.command("conversation.search", query="dogs")
    await tab.give(found)
    hits = await tab.answer(found["id"])

    assert [item["title"] for item in some["items"]] == ["about birds", "about dogs"]
    assert some["more"] is True
    assert [item["title"] for item in rest["items"]] == ["about cats"]
    assert [item["title"] for item in hits["items"]] == ["about dogs"]
    assert hits["query"] == "dogs"


async def test_pages_of_titles_lose_none_that_were_used_at_the_same_moment(web: Served) -> None:
    web.core.answers = answered
    tab = await web.visit()
    made = []
    for text in ("one", "two", "three"):
        await tab.ask("conversation.new")
        made.append(await talk(tab, text))
    for number in made:
        web.core.conversation(number).updated = 7.0
    titles: list[str] = []
    page = await tab.ask("conversation.list", limit=1)
    while page["items"]:
        last = page["items"][-1]
        titles.append(last["title"])
        mark = {"before": last["updated_at"], "before_conversation": last["conversation"]}
        page = await tab.ask("conversation.list", limit=1, **mark)

    assert titles == ["three", "two", "one"]


async def test_older_turns_are_fetched_in_pages(tmp_path: Path) -> None:
    async with serving(tmp_path, messages_per_minute=0, turns_shown=50) as web:
        web.core.answers = answered
        tab = await web.visit()
        await talk(tab, *(f"message {number}" for number in range(60)))
        fresh = await web.visit(token=tab.token)
        assert len(fresh.turns) == 50
        assert fresh.more
        read = web.core.transcripts_read
        page = await fresh.ask("history.get", before=min(fresh.turns), limit=4)
        assert web.core.transcripts_read == read + 1
        rest = await fresh.ask("history.get", before=page["turns"][0]["turn"], limit=50)

    texts = [turn["posts"][0]["body"]["parts"][0]["text"] for turn in [*rest["turns"], *page["turns"]]]
    assert texts == [f"message {number}" for number in range(10)]
    assert (page["more"], rest["more"]) == (True, False)
    assert all("retry" not in turn["posts"][1]["body"]["controls"] for turn in page["turns"])


async def test_another_visitors_conversation_cannot_be_read_resumed_or_changed(web: Served) -> None:
    web.core.answers = answered
    mine = await web.visit()
    number = await talk(mine, "my secret")
    thief = await web.visit()
    switched = await thief.ask("conversation.switch", conversation=number)
    history = await thief.ask("history.get", conversation=number, before=2**40)
    said = await thief.say("let me in", conversation=number)
    renamed = await thief.ask("conversation.rename", conversation=number, title="stolen")
    deleted = await thief.ask("conversation.delete", conversation=number)
    await thief.give({"type": "resume", "conversation": number, "stream": mine.stream, "after": 1})
    await thief.until(lambda: bool(thief.errors))

    answers = [switched, history, said, renamed, deleted]
    assert [answer["outcome"] for answer in answers] == ["denied"] * 5
    assert "secret" not in str(thief.frames)
    assert thief.conversation == 0
    assert web.core.conversation(number).title == "my secret"

    again = web.client(token=thief.token)
    await again.connect(conversation=number)
    reborn = web.client(token=thief.token)
    await reborn.connect(resume={"conversation": number, "stream": mine.stream, "after": 1})
    assert "secret" not in str(again.frames + reborn.frames)


async def test_forgetting_begins_a_new_visitor_and_ends_the_other_windows(web: Served) -> None:
    web.core.answers = answered
    tab = await web.visit()
    await talk(tab, "one")
    old = tab.token
    other = await web.visit(token=old)
    ack = await tab.ask("forget_me")
    await tab.until(lambda: tab.token != old and tab.conversation == 0)

    assert ack["outcome"] == "done"
    assert await other.closed() == 4401
    assert isinstance(web.core.events[-1].command, ForgetMe)
    assert not tab.turns
    returned = await web.visit(token=old)
    assert not returned.turns


async def test_commands_that_need_a_turn_do_nothing_in_conversation_zero(web: Served) -> None:
    web.core.answers = answered
    tab = await web.visit()
    number = await talk(tab, "one")
    await tab.ask("conversation.new")
    for kind in ("undo", "clear", "stop"):
        assert (await tab.ask(kind))["outcome"] == "ignored"

    assert len(web.core.conversation(number).turns) == 1
