"""People talk to a real Gradio app on Discord: where they are heard, and how answers come."""

from __future__ import annotations

from e2e.discord_room import Enter, labels, read
from fakes.gradio_apps import call

LONG = " ".join(f"word{number}" for number in range(450)) + " the end"
"""Longer than one message of Discord's."""


async def test_a_mention_is_answered_below_it(enter: Enter) -> None:
    room = await enter("typing_echo")
    asked = room.asks("hello there")
    answer = await room.answered("hello there")
    assert answer.reply_to == asked.id
    assert "Retry" in labels(answer)
    assert read(answer).endswith("hello there")


async def test_a_direct_message_is_answered(enter: Enter) -> None:
    room = await enter("typing_echo")
    room.ada.post(room.ada.dm, "just us")
    await room.answered("just us", room.ada.dm)
    assert room.ours() == []


async def test_a_reply_to_the_bot_needs_no_mention(enter: Enter) -> None:
    room = await enter("typing_echo")
    room.asks("first")
    answer = await room.answered("first")
    room.ada.post(room.general, "second", reply_to=answer, ping=False)
    await room.answered("second")


async def test_what_is_not_meant_for_the_bot_is_not_answered(enter: Enter) -> None:
    room = await enter("typing_echo")
    room.ada.post(room.general, "to everybody")
    room.asks("to the bot")
    await room.answered("to the bot")
    assert len(room.ours()) == 1


async def test_every_message_of_a_named_channel_is_answered_in_a_thread_of_its_own(enter: Enter) -> None:
    room = await enter("agreeing", thread="always", everywhere=True)
    asked = room.ada.post(room.general, "Is it day?")
    thread = await room.until(lambda: room.discord.world.channels.get(asked.id))
    await room.answered("Yes", thread)
    room.ada.post(thread, "Is it night?")
    await room.until(lambda: len(room.ours(thread)) == 2 or None)
    assert room.ours() == []


async def test_a_reply_is_seen_while_it_is_written(enter: Enter) -> None:
    room = await enter("slow_stream")
    room.asks("go on")
    running = await room.shows("one two")
    assert "Stop" in labels(running)
    assert room.discord.count("/typing") > 0
    await call(room.app, "reached")
    await call(room.app, "open")
    final = await room.answered("one two three four")
    assert final.id == running.id
    assert "Stop" not in labels(final)


async def test_stop_ends_the_reply_and_keeps_what_was_written(enter: Enter) -> None:
    room = await enter("slow_stream")
    room.asks("go on")
    running = await room.shows("one two")
    room.ada.click(running, "Stop")
    await room.until(lambda: "Stopped" in read(running) or None)
    assert read(running).startswith("one two")
    assert "Retry" in labels(running)


async def test_text_that_the_client_split_is_one_message_and_its_long_answer_comes_in_order(enter: Enter) -> None:
    room = await enter("typeset")
    cut = LONG.rfind(" ", 0, 2000)
    first = room.ada.post(room.ada.dm, LONG[:cut])
    room.ada.post(room.ada.dm, LONG[cut + 1 :])
    await room.answered("the end", room.ada.dm)
    await room.service.router.idle()
    ours = room.ours(room.ada.dm)
    assert len(ours) > 1
    assert all(len(one.content) <= 2000 for one in ours)
    assert " ".join(" ".join(map(read, ours)).split()) == " ".join(LONG.split())
    assert ours[0].reply_to == first.id
    assert [one.reply_to for one in ours[1:]] == [None] * (len(ours) - 1)


async def test_messages_of_one_channel_wait_for_each_other(enter: Enter) -> None:
    room = await enter("slow_answer")
    room.asks("slow")
    await call(room.app, "reached")
    waiting = room.asks("quick")
    await room.until(lambda: waiting.reactions or None)
    await call(room.app, "open")
    await room.answered("At last, quick after 2")
    assert [read(one).split(",")[1].split()[0] for one in room.ours()] == ["slow", "quick"]
    assert waiting.reactions == {}


async def test_two_channels_share_nothing(enter: Enter) -> None:
    room = await enter("slow_answer")
    other = room.discord.channel(room.guild, "other")
    room.asks("quick")
    await room.answered("after 0")
    room.asks("quick", channel=other)
    await room.answered("after 0", other)


async def test_an_app_that_fails_says_why_and_offers_to_try_again(enter: Enter) -> None:
    room = await enter("failing")
    room.asks("early")
    failed = await room.answered("The model is out of tokens.")
    assert labels(failed) == ["Retry"]
    room.asks("what was said?")
    await room.answered("what was said?")


async def test_an_edited_message_is_answered_anew_from_there(enter: Enter) -> None:
    room = await enter("typing_echo")
    first = room.asks("first")
    await room.answered("first")
    room.asks("second")
    await room.answered("second")
    room.ada.edit(first, f"{room.bot} changed")
    await room.answered("changed")
    await room.until(lambda: len(room.ours()) == 1 or None)


async def test_a_deleted_message_leaves_the_history(enter: Enter) -> None:
    room = await enter("failing")
    asked = room.asks("a secret")
    await room.answered("a secret")
    room.ada.delete(asked)
    room.asks("what was said?")
    answer = await room.answered("what was said?")
    assert "user: a secret" not in read(answer)
