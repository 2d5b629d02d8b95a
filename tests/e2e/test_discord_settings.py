"""The settings of `[discord]` with a real Gradio app: who is heard where, who shares what, how answers look."""

from __future__ import annotations

from e2e.discord_room import Enter, labels, read
from fakes.discord.people import text_of
from fakes.discord.world import CATEGORY, Role
from fakes.gradio_apps import call


async def test_people_with_histories_of_their_own_share_nothing(enter: Enter) -> None:
    room = await enter("failing", history="user")
    ben = room.discord.person("ben", room.guild)
    room.asks("a secret")
    await room.answered("a secret")
    ben.post(room.general, f"{room.bot} what was said?")
    answer = await room.answered("what was said?")
    assert "secret" not in read(answer)
    room.asks("and to me?")
    assert "user: a secret" in read(await room.answered("and to me?"))


async def test_threads_share_the_history_of_their_channel_where_that_is_set(enter: Enter) -> None:
    room = await enter("failing", history="channel", thread="per_mention")
    first = room.asks("a password")
    await room.answered("a password", await room.until(lambda: room.discord.world.channels.get(first.id)))
    second = room.asks("what was said?")
    thread = await room.until(lambda: room.discord.world.channels.get(second.id))
    assert "user: a password" in read(await room.answered("what was said?", thread))


async def test_threads_share_nothing_by_default(enter: Enter) -> None:
    room = await enter("failing", thread="per_mention")
    first = room.asks("a password")
    await room.answered("a password", await room.until(lambda: room.discord.world.channels.get(first.id)))
    second = room.asks("what was said?")
    thread = await room.until(lambda: room.discord.world.channels.get(second.id))
    assert "password" not in read(await room.answered("what was said?", thread))


async def test_a_question_by_command_is_answered_where_it_is_asked_whatever_the_threads(enter: Enter) -> None:
    room = await enter("typing_echo", thread="always", everywhere=True)
    room.ada.slash(room.general, "ask", message="what is up?")
    await room.answered("You typed: what is up?")
    assert [one for one in room.discord.world.channels.values() if one.is_thread] == []


async def test_who_may_not_is_told_once_and_never_answered(enter: Enter) -> None:
    room = await enter("typing_echo", block_roles=["77"])
    ben = room.discord.person("ben", room.guild)
    room.guild.roles[77] = Role(77, "muted", 0)
    room.guild.members[ben.id].add(77)
    await room.restart()
    for text in ("hello", "hello?"):
        ben.post(room.general, f"{room.bot} {text}")
    assert await ben.slash(room.general, "ask", message="hello?").response_type() == 4
    room.asks("may I?")
    await room.answered("You typed: may I?")
    refused = [one for one in ben.sees(room.general) if "not allowed" in text_of(one)]
    assert sorted(bool(one.only_for) for one in refused) == [False, True]
    assert len([one for one in ben.sees(room.general) if "You typed" in text_of(one)]) == 1


async def test_only_the_channels_of_a_category_are_heard(enter: Enter) -> None:
    room = await enter("typing_echo", allow_categories=["78"])
    section = room.discord.channel(room.guild, "section", kind=CATEGORY)
    del room.discord.world.channels[section.id]
    section.id = 78
    room.discord.world.channels[78] = section
    inside = room.discord.channel(room.guild, "inside", parent=section)
    await room.restart()
    room.asks("from outside")
    room.asks("from within", channel=inside)
    await room.answered("You typed: from within", inside)
    assert not [one for one in room.ours() if "You typed" in read(one)]
    room.ada.post(room.ada.dm, "and alone?")
    await room.shows("not allowed", room.ada.dm)


async def test_another_bot_is_ignored_but_for_those_that_are_named(enter: Enter) -> None:
    room = await enter("typing_echo")
    robot = room.discord.person("robot", room.guild, bot=True)
    robot.post(room.general, f"{room.bot} hello")
    room.asks("after it")
    await room.answered("You typed: after it")
    assert len(room.ours()) == 1


async def test_a_paused_channel_is_silent_until_it_is_resumed(enter: Enter) -> None:
    room = await enter("typing_echo")
    await room.ada.slash(room.general, "pause").response_type()
    room.asks("are you there?")
    other = room.discord.channel(room.guild, "other")
    room.asks("and there?", channel=other)
    await room.answered("and there?", other)
    assert [one for one in room.ours() if not one.only_for] == []
    await room.ada.slash(room.general, "resume").response_type()
    room.asks("now?")
    await room.answered("You typed: now?")
    assert len([one for one in room.ours() if not one.only_for]) == 1


async def test_finals_only_are_posted_once_and_never_changed_by_the_text(enter: Enter) -> None:
    room = await enter("slow_stream", stream=False)
    room.asks("go on")
    await call(room.app, "reached")
    assert room.ours() == []
    await call(room.app, "open")
    answer = await room.answered("one two three four")
    assert answer.edits == 0


async def test_a_reply_loses_its_controls_to_the_next_however_long_it_stood(enter: Enter) -> None:
    room = await enter("failing", stream=False, fresh_final_seconds=0.001)
    room.asks("one")
    first = await room.answered("one")
    room.asks("two")
    second = await room.answered("two")
    await room.until(lambda: not labels(first) or None)
    room.ada.click(second, "Undo")
    await room.until(lambda: labels(first) == ["Retry", "Undo"] or None)
    assert [one.id for one in room.ours() if not one.only_for] == [first.id]


async def test_a_long_turn_ends_with_a_new_message_that_notifies(enter: Enter) -> None:
    room = await enter("slow_stream", fresh_final_seconds=0.001)
    room.asks("go on")
    running = await room.shows("one two")
    await call(room.app, "open")
    final = await room.answered("one two three four")
    assert final.id != running.id
    assert room.ada.id in final.mentions
    await room.until(lambda: len(room.ours()) == 1 or None)


async def test_thoughts_can_be_hidden(enter: Enter) -> None:
    room = await enter("nested_thoughts", thoughts="hidden")
    room.asks("the moon")
    answer = await room.answered("About the moon: done.")
    assert "Plan" not in read(answer)
    assert "Thoughts" not in labels(answer)


async def test_thoughts_can_be_shown_in_full(enter: Enter) -> None:
    room = await enter("nested_thoughts", thoughts="full")
    room.asks("the moon")
    answer = await room.answered("About the moon: done.")
    assert "Searching." in read(answer)


async def test_by_default_only_who_asked_and_moderators_press(enter: Enter) -> None:
    room = await enter("preset_answers")
    ben = room.discord.person("ben", room.guild)
    cleo = room.discord.person("cleo", room.guild)
    ben.post(room.general, f"{room.bot} Write it")
    asked = await room.answered("Is it correct?")
    cleo.click(asked, "Yes")
    refused = await room.until(lambda: next((one for one in cleo.sees(room.general) if one.only_for), None))
    assert "Only who asked" in text_of(refused)
    room.ada.click(asked, "Yes")
    await room.answered("Great!")


async def test_anyone_presses_where_that_is_set(enter: Enter) -> None:
    room = await enter("preset_answers", pressing="anyone")
    ben = room.discord.person("ben", room.guild)
    room.asks("Write it")
    asked = await room.answered("Is it correct?")
    ben.click(asked, "Yes")
    assert "Ben" in read(await room.answered("Great!"))


async def test_panels_are_plain_messages_without_the_newer_layout(enter: Enter) -> None:
    room = await enter("example_cards", components_v2=False)
    for name in ("help", "examples", "history", "new"):
        assert await room.ada.slash(room.general, name).response_type() == 4
    assert all(not one.v2 for one in room.ours())
    assert [call for call in room.discord.calls if call.status >= 400] == []


async def test_two_servers_share_nothing(enter: Enter) -> None:
    room = await enter("failing")
    away = room.discord.guild("Away", room.ada)
    lobby = room.discord.channel(away, "lobby")
    room.asks("a secret")
    await room.answered("a secret")
    room.asks("what was said?", channel=lobby)
    assert "secret" not in read(await room.answered("what was said?", lobby))


async def test_names_with_markdown_stand_as_they_are(enter: Enter) -> None:
    room = await enter("typing_echo")
    odd = room.discord.person("**x** @everyone", room.guild)
    odd.slash(room.general, "ask", message="||boo|| [a](https://x.org) <@&1> \u202eabc\u200b")
    answer = await room.answered("You typed")
    assert "\\*\\*X\\*\\*".casefold() in read(answer).casefold()
    assert not answer.mention_everyone
    assert not answer.mention_roles
