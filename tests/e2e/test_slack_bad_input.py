"""What goes wrong on Slack, with a real Gradio app: people are told in a sentence, and the bot goes on."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from e2e.slack_room import EnterSlack, Workspace, slack_tables
from fakes.gradio_apps import call
from fakes.hostile import VECTORS
from trunkline.app import open_service
from trunkline.errors import SettingsError
from trunkline.settings import settings_type
from trunkline_bridges.slack import descriptor
from trunkline_bridges.web import descriptor as web_descriptor


async def still_answers(room: Workspace) -> None:
    """The bot talks in another channel."""
    other = room.acme.channel("other", room.ada, room.app)
    asked = room.asks("/none", channel=other)
    await room.until(lambda: room.ours(asked, other) or None)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"bot_token": ""}, "SLACK_BOT_TOKEN"),
        ({"bot_token": "xoxb-wrong"}, "does not know the bot's token"),
        ({"app_token": "xapp-wrong"}, "does not know the app token"),
        ({"app_token": ""}, "SLACK_APP_TOKEN"),
    ],
)
async def test_no_token_or_a_wrong_one_is_said_in_a_sentence(
    enter_slack: EnterSlack,
    given: dict[str, str],
    sentence: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    room = await enter_slack("typing_echo")
    tables = slack_tables(room, room.app_url, tmp_path_factory.mktemp("other"), **given)
    settings = settings_type([descriptor, web_descriptor])(**tables)
    async with open_service(settings, process="other") as service:
        await service.wire(descriptor)
        with pytest.raises(SettingsError, match=sentence):
            await service.run()


async def test_a_revoked_token_ends_the_service_with_a_sentence(enter_slack: EnterSlack) -> None:
    room = await enter_slack("typing_echo")
    room.acme.revoke(room.app)
    with pytest.raises(SettingsError, match="install it again"):
        await room.ended()


async def test_a_scope_that_is_missing_is_named(
    enter_slack: EnterSlack, capfd: pytest.CaptureFixture[str]
) -> None:
    room = await enter_slack("file_replies")
    install = room.app.install
    install.scopes = tuple(scope for scope in install.scopes if scope != "files:write")
    asked = room.asks("both")
    await room.answered("Two squares", asked)
    told = await room.shows("files:write", asked)
    assert "red.png" in room.ada.text(told)
    install.scopes = tuple(scope for scope in install.scopes if scope != "chat:write")
    room.ada.reply(asked, "more")
    await room.service.router.idle()
    assert "The bot lacks the scope chat:write" in capfd.readouterr().out


async def test_a_channel_without_the_bot_says_to_invite_it(enter_slack: EnterSlack) -> None:
    room = await enter_slack("typing_echo")
    away = room.acme.channel("away", room.ada)
    told = await room.command("ask hello", away).response()
    assert "invite it" in room.ada.text(told)
    await still_answers(room)


async def test_a_channel_archived_in_mid_reply(enter_slack: EnterSlack) -> None:
    room = await enter_slack("slow_stream")
    asked = room.asks("go on")
    await room.shows("one two", asked)
    room.acme.archive(room.general)
    await call(room.app_url, "open")
    await room.service.router.idle()
    other = room.acme.channel("other", room.ada, room.app)
    again = room.asks("and here", channel=other)
    await room.shows("one two", again, other)
    await call(room.app_url, "open")
    await room.answered("one two three four", again, other)


async def test_a_reply_deleted_while_it_is_written_is_posted_when_it_ends(enter_slack: EnterSlack) -> None:
    room = await enter_slack("slow_stream")
    asked = room.asks("go on")
    room.acme.remove(await room.shows("one two", asked))
    await call(room.app_url, "reached")
    await call(room.app_url, "open")
    await room.answered("one two three four", asked)
    assert len(room.ours(asked)) == 1


async def test_a_question_deleted_in_mid_reply_leaves_the_history(enter_slack: EnterSlack) -> None:
    room = await enter_slack("slow_stream", history="channel")
    asked = room.asks("go on")
    await room.shows("one two", asked)
    room.ada.delete(asked)
    await call(room.app_url, "open")
    await room.service.router.idle()
    again = room.asks("again")
    await room.shows("one two", again)
    await call(room.app_url, "open")
    await room.answered("after 1", again)


async def test_a_trigger_that_expired_is_made_up_for(enter_slack: EnterSlack) -> None:
    room = await enter_slack("system_prompt")
    asked = room.asks("first")
    await room.answered("Message: first.", asked)
    room.slack.faults.error("views.open", "expired_trigger_id")
    late = await room.command("settings").response()
    assert "try once more" in room.ada.text(late)
    form = await room.press(late, "Settings").modal()
    assert form.is_open


async def test_a_file_that_cannot_be_read_is_named(enter_slack: EnterSlack) -> None:
    room = await enter_slack("read_files")
    room.slack.faults.error("download", 404, 2)
    asked = room.asks("read this", files=[("notes.txt", b"words")])
    await room.answered("text: read this", asked)
    await room.aside("notes.txt could not be fetched from Slack: attach it again.")
    alone = room.asks("", files=[("more.txt", b"words")], channel=room.dm)
    told = await room.shows("more.txt could not be fetched", alone, room.dm)
    await room.service.router.idle()
    assert room.ours(alone, room.dm) == [told], "there was nothing to ask the app"


async def test_a_file_that_the_app_does_not_take_is_named(enter_slack: EnterSlack) -> None:
    room = await enter_slack("count_images")
    asked = room.asks("read this", files=[("notes.txt", b"words")])
    answer = await room.answered("0 pictures now", asked)
    assert "notes.txt was not sent" in room.ada.text(answer)


async def test_an_app_that_breaks_off_says_why_and_is_asked_again(enter_slack: EnterSlack) -> None:
    room = await enter_slack("failing")
    asked = room.asks("midway")
    failed = await room.answered("The model fell asleep.", asked)
    assert "So far so good" in room.ada.text(failed)
    assert [label.split()[-1] for label in room.labels(failed)] == ["Retry"]
    edits = failed.edits
    room.press(failed, "Retry")
    await room.until(lambda: failed.edits > edits or None)
    await room.service.router.idle()
    assert len(room.ours(asked)) == 1
    nothing = room.asks("nothing", channel=room.dm)
    await room.answered("The app answered with nothing.", nothing, room.dm)


@pytest.mark.parametrize("private", [False, True])
async def test_a_reply_of_a_hundred_thousand_characters_is_attached_as_a_whole(
    enter_slack: EnterSlack, private: bool
) -> None:
    room = await enter_slack("too_much", max_posts=2)
    place = room.dm if private else room.general
    asked = room.asks("words", channel=place)
    cut = await room.answered("the whole text is attached", asked, place)
    whole = await room.until(lambda: next((one for one in room.ours(asked, place) if one.files), None))
    await room.service.router.idle()
    assert room.ours(asked, place)[-2:] == [cut, whole]
    (file,) = whole.files
    assert len(file.content) > 100_000
    assert file.content.rstrip().endswith(b"word11199")


async def test_three_hundred_options_can_all_be_chosen(enter_slack: EnterSlack) -> None:
    room = await enter_slack("too_much")
    asked = room.asks("options")
    await room.answered("Choose one", asked)
    selects = [
        (post, each)
        for post in room.ours(asked)
        for block in room.ada.blocks(post)
        for each in block.get("elements", ())
        if each["type"] == "static_select"
    ]
    assert sum(len(each["options"]) for _, each in selects) == 300
    post, last = selects[-1]
    room.ada.choose(post, "Option 299", select=last["action_id"])
    await room.answered("You said: number 299", asked)


async def test_a_control_of_a_cleared_conversation_says_so(enter_slack: EnterSlack) -> None:
    room = await enter_slack("failing")
    asked = room.asks("one")
    answer = await room.answered("one", asked)
    stale = [
        each["action_id"] for block in answer.blocks for each in block.get("elements", ()) if "action_id" in each
    ]
    assert len(stale) >= 2
    await room.command("clear").response()
    for action_id in stale:
        assert "no longer part of the conversation" in await room.said(room.ada.press_stale(answer, action_id))


async def test_a_forged_control_is_refused_in_a_sentence(enter_slack: EnterSlack) -> None:
    room = await enter_slack("failing")
    asked = room.asks("one")
    answer = await room.answered("one", asked)
    forged = (
        "tl:retry:9999999999999999999:0",
        "tl:rate:1:999999999",
        "tl:history:0:0",
        "tl:nothing:1:0",
        "tl:delete:9223372036854775808:1",
        "tl:button:0:7",
        "somebody:elses",
    )
    for action_id in forged:
        assert await room.said(room.ada.press_stale(answer, action_id, "7"))
    assert len(room.ours(asked)) == 1


@pytest.mark.parametrize("part", ["texts", "thoughts", "options"])
async def test_hostile_output_calls_nobody_and_is_never_refused(
    enter_slack: EnterSlack, part: str, caplog: pytest.LogCaptureFixture
) -> None:
    room = await enter_slack("hostile")
    for place in (room.general, room.dm):
        asked = room.asks(part, channel=place)
        await room.answered("", asked, place)
        await room.service.router.idle()
        assert not any(room.ada.is_called_by(one) for one in room.ours(asked, place))
    assert refused(room) == []
    logged = "".join(record.getMessage() for record in caplog.records)
    assert not [vector for vector in VECTORS if len(vector) > 8 and vector in logged]
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


def refused(room: Workspace) -> list[Any]:
    """What Slack did not take, but for what came too soon."""
    answers = [(one.method, (one.answer or {}).get("error")) for one in room.slack.calls]
    return [one for one in answers if one[1] not in (None, "ratelimited")]


async def test_a_file_that_is_gone_before_it_is_uploaded_is_named(enter_slack: EnterSlack, tmp_path: Path) -> None:
    room = await enter_slack("file_replies")
    gone = room.slack.faults.hold("files.getUploadURLExternal")
    asked = room.asks("notes")
    await room.until(lambda: room.slack.count("files.getUploadURLExternal") or None)
    room.slack.faults.error("upload", 500, 1)
    assert lose_notes(tmp_path)
    gone.set()
    await room.shows("The file notes.txt is no longer held.", asked)


def lose_notes(folder: Path) -> bool:
    """Delete what the service keeps of the app's notes; False where it keeps none."""
    kept = [one for one in folder.rglob("*") if one.is_file() and one.read_bytes() == b"Nothing of note.\n"]
    for file in kept:
        file.unlink()
    return bool(kept)
