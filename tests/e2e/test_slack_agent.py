"""The agent's own features on Slack, with a real Gradio app: streams, native Stop, sessions, prompts, the Home."""

from __future__ import annotations

from typing import Any

from e2e.slack_room import EnterSlack
from fakes.gradio_apps import call
from fakes.slack.world import Message


def errors(room: Any) -> list[str]:
    """What Slack refused, but for what came too soon."""
    answers = [(one.method, str((one.answer or {}).get("error", ""))) for one in room.slack.calls]
    return [f"{method}: {error}" for method, error in answers if error and error != "ratelimited"]


async def test_slack_s_own_stop_ends_the_work_and_the_session_goes_on(enter_slack: EnterSlack) -> None:
    room = await enter_slack("slow_stream")
    asked = room.asks("go on", channel=room.dm)
    await room.shows("one two", asked, room.dm)
    assert room.ada.title(room.app, room.dm, asked) == "go on"
    room.ada.stop(room.app, room.dm, asked)
    stopped = await room.answered("Stopped", asked, room.dm)
    await call(room.app_url, "open")
    await room.until(lambda: room.ada.status(room.app, room.dm, asked) == "" or None)
    assert len(room.ours(asked, room.dm)) == 1
    assert not room.ada.is_broken(stopped)
    assert "three" not in room.ada.text(stopped)
    room.ada.reply(asked, "and now")
    await room.until(lambda: len(room.ours(asked, room.dm)) == 2 or None)
    await call(room.app_url, "reached")
    await call(room.app_url, "open")
    await room.answered("one two three four, after 2", asked, room.dm)
    assert errors(room) == []


async def test_the_title_of_a_session_is_the_conversation_s_both_ways(enter_slack: EnterSlack) -> None:
    room = await enter_slack("failing")
    asked = room.asks("one", channel=room.dm)
    await room.answered("one", asked, room.dm)
    room.ada.rename(room.app, room.dm, asked, "About numbers")
    await room.slack.deliveries.quiet()
    assert "In “About numbers”" in await room.said(room.command("undo", room.dm))
    line = room.command("ask by command", room.dm)
    await line.answered()
    root = await room.until(
        lambda: next((one for one in room.ada.sees(room.dm) if "by command" in room.ada.text(one)), None)
    )
    await room.answered("by command", root, room.dm)
    assert room.ada.title(room.app, room.dm, root) == "by command"


async def test_the_messages_tab_suggests_examples(enter_slack: EnterSlack) -> None:
    room = await enter_slack("example_cards")
    room.ada.open_messages(room.app)
    await room.until(lambda: room.ada.prompts(room.app) == ["Words"] or None)
    asked = room.ada.pick_prompt(room.app, "Words")
    await room.answered("'Just words' with 0 files", asked, room.dm)


async def test_the_home_describes_the_app_and_lists_conversations_of_all_channels(enter_slack: EnterSlack) -> None:
    room = await enter_slack("system_prompt")
    room.ada.open_home(room.app)
    home = await room.until(lambda: room.ada.home(room.app))
    assert "write to me first" in str(home.body)
    private = room.asks("in private", channel=room.dm)
    await room.answered("Message: in private.", private, room.dm)
    public = room.asks("in public")
    await room.answered("Message: in public.", public)
    room.ada.open_home(room.app)
    await room.until(lambda: "in public" in str(room.ada.home(room.app)) or None)
    shown = room.ada.home(room.app)
    assert shown is not None
    text = str(shown.blocks)
    assert "in private" in text
    assert f"/thread/{room.general.id}-{public.ts}" in text
    form = await room.ada.click(shown, "Change settings").modal()
    await room.ada.submit(form, **{"System Prompt": "Be brief", "Tokens": "100"}).answered()
    await room.until(lambda: "Be brief" in str(room.ada.home(room.app)) or None)


async def test_a_legacy_assistant_is_prompted_streams_and_is_named(enter_slack: EnterSlack) -> None:
    room = await enter_slack("preset_answers", agent="assistant_view")
    root = room.ada.open_assistant(room.app)
    await room.until(lambda: room.ada.prompts(room.app, root) == ["Write a function that greets."] or None)
    room.ada.pick_prompt(room.app, "Write a function that greets.", thread=root)
    offer = await room.answered("Is it correct?", root, room.dm)
    room.press(offer, "Yes")
    await room.answered("Great!", root, room.dm)


async def test_a_long_reply_goes_on_in_another_stream_and_loses_no_word(enter_slack: EnterSlack) -> None:
    room = await enter_slack("too_much")
    asked = room.asks("stream", channel=room.dm)
    await room.shows("word2899", asked, room.dm)
    await call(room.app_url, "open")
    await room.answered("word2999", asked, room.dm)
    posts = room.ours(asked, room.dm)
    ended = [str(one.args.get("session_status")) for one in room.slack.made("chat.stopStream")]
    assert ended.count("processing") >= 1
    await room.until(lambda: room.ada.status(room.app, room.dm, asked) == "" or None)
    said = " ".join(room.ada.text(one) for one in posts)
    assert [said.count(f"word{number} ") for number in range(2999)] == [1] * 2999
    assert all(not room.ada.is_broken(one) for one in posts)
    assert errors(room) == []


async def test_a_refused_stream_is_a_post(enter_slack: EnterSlack) -> None:
    room = await enter_slack("typing_echo")
    room.slack.streams.refusal = "feature_not_enabled"
    for text in ("hello", "again"):
        asked = room.asks(text, channel=room.dm)
        await room.answered(f"You typed: {text}", asked, room.dm)
        assert len(room.ours(asked, room.dm)) == 1
    assert room.slack.count("chat.startStream") == 1, "it is not asked for again"


async def test_a_stream_that_expires_is_changed_as_a_whole(enter_slack: EnterSlack) -> None:
    room = await enter_slack("slow_stream")
    asked = room.asks("go on", channel=room.dm)
    running = await room.shows("one two", asked, room.dm)
    assert running.stream is not None
    running.stream.ends_at = 0.0
    await call(room.app_url, "open")
    final = await room.answered("one two three four", asked, room.dm)
    assert final.ts == running.ts
    assert len(room.ours(asked, room.dm)) == 1


async def test_thoughts_are_cards_in_streams(enter_slack: EnterSlack) -> None:
    room = await enter_slack("thinking_slowly")
    asked = room.asks("the moon", channel=room.dm)
    running = await room.shows("Search the web", asked, room.dm)
    assert running.stream is not None
    assert [(one.title, one.status) for one in running.stream.tasks] == [
        ("Plan", "in_progress"),
        ("Plan › Search the web", "in_progress"),
    ]
    await call(room.app_url, "open")
    final = await room.answered("Found the moon.", asked, room.dm)
    assert final.stream is not None
    assert {one.status for one in final.stream.tasks} == {"complete"}


async def test_thoughts_in_posts_run_and_are_folded(enter_slack: EnterSlack) -> None:
    room = await enter_slack("thinking_slowly")
    asked = room.asks("the moon")
    await room.shows("Plan › Search the web", asked)
    await call(room.app_url, "open")
    final = await room.answered("Found the moon.", asked)
    assert "✓ Plan · 2.1 s" in room.ada.text(final)
    assert "A query." not in room.ada.text(final)
    room.press(final, "Thoughts")
    await room.aside("A query.")


async def thoughts(room: Any, level: str) -> tuple[str, list[str]]:
    asked: Message = room.asks("the moon")
    final = await room.answered("About the moon: done.", asked)
    return room.ada.text(final), [block["type"] for block in room.ada.blocks(final)]


async def test_full_thoughts_are_containers_that_fold(enter_slack: EnterSlack) -> None:
    text, kinds = await thoughts(await enter_slack("nested_thoughts", thoughts="full"), "full")
    assert "container" in kinds
    assert "Searching." in text


async def test_hidden_thoughts_are_nowhere(enter_slack: EnterSlack) -> None:
    room = await enter_slack("nested_thoughts", thoughts="hidden")
    text, _ = await thoughts(room, "hidden")
    assert "Plan" not in text
    assert "Thoughts" not in text
    asked = room.asks("the sun", channel=room.dm)
    final = await room.answered("About the sun: done.", asked, room.dm)
    assert "Plan" not in room.ada.text(final)


async def test_notices_and_progress_are_the_status_of_the_session(enter_slack: EnterSlack) -> None:
    room = await enter_slack("notices")
    asked = room.asks("work", channel=room.dm)
    await room.until(lambda: "Looking it up" in room.ada.status(room.app, room.dm, asked) or None)
    await call(room.app_url, "open")
    await room.answered("Done", asked, room.dm)
    await room.until(lambda: room.ada.status(room.app, room.dm, asked) == "" or None)
    assert len(room.ours(asked, room.dm)) == 1
    public = room.asks("work")
    await room.shows("Looking it up", public)
    await call(room.app_url, "open")
    final = await room.answered("Done", public)
    assert "Working" not in room.ada.text(final)
