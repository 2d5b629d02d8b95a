"""What outlasts restarts, kills, rate limits and lost answers on Slack, with a real Gradio app."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2e.slack_room import EnterSlack, Workspace, lone_slack_service
from fakes.fixtures import StartApp
from fakes.gradio_apps import call
from fakes.slack.server import running_slack


async def test_a_storm_of_rate_limits_delays_the_final_and_loses_nothing(enter_slack: EnterSlack) -> None:
    room = await enter_slack("slow_stream")
    for place in (room.general, room.dm):
        asked = room.asks("go on", channel=place)
        await room.shows("one two", asked, place)
        for method in ("chat.update", "chat.appendStream", "chat.stopStream"):
            room.slack.faults.rate_limit(method, 1, 1)
        await call(room.app_url, "open")
        await room.answered("one two three four", asked, place)
        assert len(room.ours(asked, place)) == 1


async def test_lost_answers_errors_and_refusals_double_nothing(enter_slack: EnterSlack) -> None:
    room = await enter_slack("typing_echo")
    room.slack.faults.lose("chat.postMessage", 1)
    room.slack.faults.error("chat.postMessage", 503, 1)
    room.slack.faults.error("chat.update", "internal_error", 1)
    room.slack.faults.lose("chat.update", 1)
    asked = room.asks("hello")
    await room.answered("You typed: hello", asked)
    await room.service.router.idle()
    assert len(room.ours(asked)) == 1


async def test_lost_answers_of_streams_double_nothing(enter_slack: EnterSlack) -> None:
    room = await enter_slack("typing_echo")
    room.slack.faults.lose("chat.startStream", 1)
    room.slack.faults.lose("chat.stopStream", 1)
    asked = room.asks("hello", channel=room.dm)
    await room.answered("You typed: hello", asked, room.dm)
    await room.service.router.idle()
    assert [room.ada.text(one).count("You typed: hello") for one in room.ours(asked, room.dm)] == [1]
    assert not any(room.ada.is_broken(one) or room.ada.is_live(one) for one in room.ours(asked, room.dm))


async def test_stop_is_heard_while_changes_hang(enter_slack: EnterSlack) -> None:
    room = await enter_slack("slow_stream")
    asked = room.asks("go on")
    running = await room.shows("one", asked)
    hanging = room.slack.faults.hold("chat.update", 50)
    act = room.press(running, "Stop")
    await act.answered()
    assert act.acknowledged
    hanging.set()
    await room.until(lambda: "Stopped" in room.ada.text(running) or None)
    await call(room.app_url, "open")


async def test_options_feedback_and_stop_live_on_over_a_restart_in_mid_reply(enter_slack: EnterSlack) -> None:
    room = await enter_slack("slow_stream")
    asked = room.asks("go on")
    await room.shows("one two", asked)
    await room.restart()
    await call(room.app_url, "open")
    await call(room.app_url, "reached")
    await call(room.app_url, "open")
    answer = await room.answered("four, after 0", asked)
    assert len(room.ours(asked)) == 1
    await room.restart()
    before = await room.likes()
    room.ada.click(answer, "👍 Like")
    assert await room.liked(before) is True


@pytest.mark.parametrize("private", [False, True])
async def test_an_answer_goes_on_after_a_kill(start_app: StartApp, tmp_path: Path, private: bool) -> None:
    async with running_slack() as slack:
        room = Workspace(slack)
        room.app_url = start_app("slow_stream")
        place = room.dm if private else room.general
        service = lone_slack_service(room, tmp_path)
        try:
            await service.start()
            await slack.sockets.connected(room.app)
            asked = room.asks("go on", channel=place)
            await room.shows("one two", asked, place)
            await service.kill()
            waiting = room.ada.reply(asked, "while it was away")
            await call(room.app_url, "open")
            await service.start()
            await call(room.app_url, "reached")
            await call(room.app_url, "open")
            await room.answered("four, after 0", asked, place)
            await call(room.app_url, "reached")
            await call(room.app_url, "open")
            await room.answered("four, after 2", asked, place)
            assert [room.ada.text(one)[:3] for one in room.ours(asked, place)] == ["one", "one"]
            assert waiting.ts in place.messages
        finally:
            await service.kill()
