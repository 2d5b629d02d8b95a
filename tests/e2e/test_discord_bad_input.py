"""What goes wrong on Discord, with a real Gradio app: people are told in a sentence, and the bot goes on."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from e2e.discord_room import Enter, Room, labels, read, tables
from fakes.discord import components
from fakes.discord.people import shown_files
from fakes.discord.world import Message, Permission
from fakes.gradio_apps import call
from fakes.hostile import VECTORS
from trunkline.app import open_service
from trunkline.errors import SettingsError
from trunkline.settings import settings_type
from trunkline_bridges.discord import descriptor


async def still_answers(room: Room) -> None:
    """The bot talks in another channel, to somebody else."""
    ben = room.discord.person("ben", room.guild)
    other = room.discord.channel(room.guild, "other")
    asked = ben.post(other, f"{room.bot} /none")
    await room.until(lambda: [one for one in room.ours(other) if one.reply_to == asked.id] or None)


async def told_aside(room: Room, count: int = 1) -> Message:
    """The newest of that many messages that Ada alone sees."""
    found: list[Message] = await room.until(
        lambda: asides if len(asides := [one for one in room.ours() if one.only_for]) >= count else None
    )
    return found[-1]


@pytest.mark.parametrize(("token", "sentence"), [("", "no token"), ("wrong", "does not know the bot's token")])
async def test_no_token_or_a_wrong_one_is_said_in_a_sentence(
    enter: Enter, token: str, sentence: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    room = await enter("typing_echo")
    given = tables(room.discord, room.app, tmp_path_factory.mktemp("other"))
    given["discord"]["token"] = token
    settings = settings_type([descriptor])(**given)
    async with open_service(settings, process="other") as service:
        await service.wire(descriptor)
        with pytest.raises(SettingsError, match=sentence):
            await service.run()


async def test_without_the_intent_the_bot_says_that_it_must_be_mentioned(enter: Enter) -> None:
    room = await enter("typing_echo", everywhere=True, message_content="never")
    room.ada.post(room.general, "can you read this?")
    told = await room.shows("mention me")
    assert not labels(told)
    room.ada.post(room.general, "and this?")
    room.asks("read me")
    await room.answered("You typed: read me")
    assert len(room.ours()) == 2, "said once"


async def test_a_channel_in_which_it_may_not_write_ends_the_turn(enter: Enter) -> None:
    room = await enter("typing_echo")
    room.discord.forbid(room.general, Permission.SEND_MESSAGES, room.discord.world.bot.id)
    room.asks("hello")
    await still_answers(room)
    await room.service.router.idle()
    assert room.ours() == []


async def test_a_permission_that_only_extras_need_leaves_the_answer(enter: Enter) -> None:
    room = await enter("file_replies")
    bot = room.discord.world.bot.id
    room.discord.forbid(room.general, Permission.READ_MESSAGE_HISTORY | Permission.ATTACH_FILES, bot)
    room.asks("both")
    await room.answered("Two squares")
    told = await room.shows("it needs the permission Attach Files")
    assert "red.png" in read(told)
    assert "green.png" in read(told)


async def test_a_channel_deleted_in_mid_reply(enter: Enter) -> None:
    room = await enter("slow_stream")
    room.asks("go on")
    await room.shows("one two")
    room.discord.remove(room.general)
    await call(room.app, "open")
    await room.service.router.idle()
    other = room.discord.channel(room.guild, "other")
    room.asks("and here", channel=other)
    await room.shows("one two", other)
    await call(room.app, "open")
    await room.answered("one two three four", other)


async def test_a_thread_deleted_in_mid_reply(enter: Enter) -> None:
    room = await enter("slow_stream", thread="per_mention")
    asked = room.asks("go on")
    thread = await room.until(lambda: room.discord.world.channels.get(asked.id))
    await room.shows("one two", thread)
    room.discord.remove(thread)
    await call(room.app, "open")
    await room.service.router.idle()
    again = room.asks("and here")
    thread = await room.until(lambda: room.discord.world.channels.get(again.id))
    await room.shows("one two", thread)
    await call(room.app, "open")
    await room.answered("one two three four", thread)


async def test_a_reply_that_is_deleted_while_it_is_written_is_posted_when_it_ends(enter: Enter) -> None:
    room = await enter("slow_stream")
    room.asks("go on")
    room.discord.purge(room.general, await room.shows("one two"))
    await call(room.app, "reached")
    await call(room.app, "open")
    await room.answered("one two three four")
    assert len(room.ours()) == 1


async def test_a_question_deleted_in_mid_reply_leaves_the_history(enter: Enter) -> None:
    room = await enter("slow_stream")
    asked = room.asks("go on")
    await room.shows("one two")
    room.ada.delete(asked)
    await call(room.app, "open")
    await room.service.router.idle()
    await room.answered("after 0")
    room.asks("again")
    await room.until(lambda: len(room.ours()) == 2 or None)
    await call(room.app, "reached")
    await call(room.app, "open")
    await room.answered("after 1")


async def test_somebody_who_left_is_answered_all_the_same(enter: Enter) -> None:
    room = await enter("slow_stream")
    ben = room.discord.person("ben", room.guild)
    ben.post(room.general, f"{room.bot} go on")
    await room.shows("one two")
    ben.leave(room.guild)
    await call(room.app, "open")
    await room.answered("one two three four")


async def test_an_app_that_breaks_off_says_why_and_is_asked_again(enter: Enter) -> None:
    room = await enter("failing")
    room.asks("midway")
    failed = await room.answered("The model fell asleep.")
    assert read(failed).startswith("So far so good")
    assert labels(failed) == ["Retry"]
    before = failed.edits
    room.ada.click(failed, "Retry")
    await room.until(lambda: (failed.edits > before and labels(failed) == ["Retry"]) or None)
    assert "The model fell asleep." in read(failed)
    assert len(room.ours()) == 1


async def test_an_answer_of_nothing_is_said(enter: Enter) -> None:
    room = await enter("failing")
    room.asks("nothing")
    await room.answered("The app answered with nothing.")


async def test_a_reply_of_a_hundred_thousand_characters_is_attached_as_a_whole(enter: Enter) -> None:
    room = await enter("too_much", max_posts=3)
    room.asks("words")
    whole = await room.until(lambda: next((one for one in room.ours() if one.attachments), None))
    await room.service.router.idle()
    *texts, last = room.ours()
    assert last is whole
    assert len(texts) == 3
    assert all(len(one.content) <= 2000 for one in texts)
    assert "the whole text is attached" in read(texts[-1])
    assert labels(texts[-1]) == ["Retry", "Undo"]
    (file,) = whole.attachments
    assert len(file.content) > 100_000
    assert file.content.endswith(b"word11199")


async def test_three_hundred_options_can_all_be_chosen(enter: Enter) -> None:
    room = await enter("too_much")
    room.asks("options")
    asked = await room.answered("Choose one")
    assert labels(asked)[3] == "225 more to choose from"
    room.ada.click(asked, labels(asked)[3])
    further = await told_aside(room)
    room.ada.click(further, labels(further)[-1])
    last = await told_aside(room, 2)
    selects = [one for one in components.walk(last.components) if "options" in one]
    room.ada.choose(last, [selects[-1]["options"][-1]["value"]], selects[-1]["custom_id"])
    await room.answered("You said: number 299")
    await room.until(lambda: labels(asked) == ["Option 299"] or None)


async def test_eleven_files_are_two_messages(enter: Enter) -> None:
    room = await enter("too_much")
    room.asks("files")
    await room.until(lambda: sum(len(one.attachments) for one in room.ours()) == 11 or None)
    await room.service.router.idle()
    assert [len(shown_files(one)) for one in room.ours()] == [0, 10, 1]


async def test_a_file_that_is_gone_before_it_is_uploaded_is_named(enter: Enter, tmp_path: Path) -> None:
    room = await enter("file_replies")
    room.discord.faults.error("create", 503, 3)
    room.asks("notes")
    await room.until(lambda: lose_notes(tmp_path) or None)
    await room.shows("The file notes.txt is no longer held.")


def lose_notes(folder: Path) -> bool:
    """Delete what the service keeps of the app's notes; False where it keeps none."""
    kept = [one for one in folder.rglob("*") if one.is_file() and one.read_bytes() == b"Nothing of note.\n"]
    for file in kept:
        file.unlink()
    return bool(kept)


async def test_a_file_of_a_person_that_cannot_be_fetched_is_named(
    enter: Enter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fakes.discord.cdn.LIFETIME", -60.0)
    room = await enter("read_files")
    room.asks("read this", files=[("notes.txt", b"words")])
    await room.answered("text: read this")
    told = await room.shows("notes.txt could not be fetched from Discord: attach it again.")
    room.asks("", files=[("more.txt", b"words")])
    await room.shows("more.txt could not be fetched")
    assert told.id in {one.id for one in room.ours()}
    assert len(room.ours()) == 3, "there was nothing to ask the app"


async def test_a_control_of_a_cleared_conversation_says_so(enter: Enter) -> None:
    room = await enter("failing")
    room.asks("one")
    answer = await room.answered("one")
    stale = [one["custom_id"] for one in components.walk(answer.components) if "custom_id" in one]
    await room.ada.slash(room.general, "clear").response_type()
    await room.shows("cleared here")
    already = len([one for one in room.ours() if one.only_for])
    for number, custom_id in enumerate(stale, already + 1):
        room.ada.press_stale(answer, custom_id)
        assert "no longer part of the conversation" in read(await told_aside(room, number))


async def test_a_forged_control_is_refused_in_a_sentence(enter: Enter) -> None:
    room = await enter("failing")
    room.asks("one")
    answer = await room.answered("one")
    forged = (
        "tl:retry:9999999999999999999:0",
        "tl:rate:1:999999999",
        "tl:history:0:0",
        "tl:nothing:1:0",
        "tl:delete:9223372036854775808:1",
        "tl:button:0:7",
    )
    for number, custom_id in enumerate(forged, 1):
        room.ada.press_stale(answer, custom_id)
        assert read(await told_aside(room, number))


@pytest.mark.parametrize("part", ["texts", "thoughts", "options"])
async def test_hostile_output_mentions_nobody_and_is_never_refused(
    enter: Enter, part: str, caplog: pytest.LogCaptureFixture
) -> None:
    room = await enter("hostile")
    room.asks(part)
    await room.until(lambda: any("Stop" not in labels(one) and labels(one) for one in room.ours()) or None)
    await room.service.router.idle()
    assert all(not one.mention_everyone and not one.mention_roles for one in room.ours())
    assert all(set(one.mentions) <= {room.ada.id} for one in room.ours())
    assert [call for call in room.discord.calls if call.status == 400] == []
    logged = "".join(record.getMessage() for record in caplog.records)
    assert not [vector for vector in VECTORS if len(vector) > 8 and vector in logged]
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
