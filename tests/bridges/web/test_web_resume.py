"""Connections come and go, frames are lost, processes end: what is shown stays what it is."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fakes.core import FakeTurn
from fakes.web_client import WebClient
from fakes.web_server import Served, serving
from trunkline.bridge import TurnChange
from trunkline.delivery import Standing
from trunkline_bridges.web import limits
from trunkline_bridges.web.stream import Key
from trunkline_bridges.web.streams import Streams


async def started(web: Served, text: str = "go") -> tuple[WebClient, FakeTurn]:
    tab = await web.visit()
    await tab.say(text)
    return tab, await web.core.begun()


async def test_a_lost_connection_resumes_with_the_missing_frames(web: Served) -> None:
    tab, turn = await started(web)
    turn.show("One")
    await tab.until(lambda: tab.replied() == "One")
    await tab.drop()
    await turn.finish("One two three.")
    shown = tab.snapshots
    await tab.connect()
    await tab.until(lambda: tab.state() == "delivered")

    assert tab.replied() == "One two three."
    assert tab.snapshots == shown
    assert "resumed" in {frame["type"] for frame in tab.frames}


async def test_a_reload_in_mid_reply_shows_what_was_said_so_far_and_goes_on(web: Served) -> None:
    tab, turn = await started(web)
    turn.show("One")
    await tab.until(lambda: tab.replied() == "One")
    await tab.drop()
    turn.show("One two")
    reloaded = await web.visit(token=tab.token)
    await reloaded.until(lambda: reloaded.replied() == "One two")
    assert reloaded.state() == "running"
    await turn.finish("One two three.")
    await reloaded.until(lambda: reloaded.state() == "delivered")

    assert [text for _, _, text in reloaded.seen()] == ["go", "One two three."]


async def test_two_tabs_are_in_step(web: Served) -> None:
    tab, turn = await started(web)
    other = await web.visit(token=tab.token)
    turn.show("One")
    await other.until(lambda: other.replied() == "One")
    await turn.finish("One two.")
    await other.until(lambda: other.state() == "delivered")
    await tab.until(lambda: tab.state() == "delivered")

    assert tab.view() == other.view()
    assert (tab.stream, tab.seq) == (other.stream, other.seq)


async def test_a_lost_frame_is_asked_for_again(web: Served) -> None:
    tab, turn = await started(web)
    turn.show("One")
    await tab.until(lambda: tab.replied() == "One")
    lost = asyncio.Event()

    def first_patch(frame: dict[str, Any]) -> bool:
        if frame["type"] != "post.patch" or lost.is_set():
            return False
        lost.set()
        return True

    tab.lose = first_patch
    turn.show("One two")
    async with asyncio.timeout(10):
        await lost.wait()
    await turn.finish("One two three.")
    await tab.until(lambda: tab.state() == "delivered")

    assert tab.replied() == "One two three."
    assert tab.resumes == 1


async def test_a_frame_that_came_twice_or_late_is_dropped(web: Served) -> None:
    tab, turn = await started(web)
    await turn.finish("One.")
    await tab.until(lambda: tab.state() == "delivered")
    before = tab.view()
    for frame in list(tab.frames):
        if "seq" in frame and frame["type"].startswith("post."):
            await tab.take(frame)

    assert tab.view() == before
    assert tab.resumes == 0


async def test_a_client_that_differs_is_given_a_snapshot(web: Served) -> None:
    tab, turn = await started(web)
    turn.show("One")
    await tab.until(lambda: tab.replied() == "One")
    shown = tab.snapshots
    tab.turns.clear()
    turn.show("One two")
    await tab.until(lambda: tab.replied() == "One two")

    assert tab.snapshots == shown + 1


async def test_frames_no_longer_kept_are_replaced_by_a_snapshot(
    web: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("trunkline_bridges.web.stream.REPLAY_BYTES", 300)
    tab, turn = await started(web)
    await tab.drop()
    other = await web.visit(token=tab.token)
    for count in range(1, 20):
        turn.show("word " * count)
        await other.until(lambda count=count: other.replied() == "word " * count)  # type: ignore[misc]
    shown = tab.snapshots
    await tab.connect()
    await tab.until(lambda: tab.replied() == "word " * 19)

    assert tab.snapshots == shown + 1


async def test_after_a_restart_the_reply_goes_on_into_the_same_post(web: Served) -> None:
    tab, turn = await started(web)
    turn.show("One")
    await tab.until(lambda: tab.replied() == "One")
    turn.die()
    await web.restart()
    await tab.closed()
    await tab.connect()
    assert tab.state() == "running"
    post = f"{tab.conversation}/{turn.id}.reply"
    await turn.start((Standing("reply", "nonce", post),))
    turn.show("Again")
    await tab.until(lambda: tab.replied() == "Again")
    await turn.finish("Again and done.")
    await tab.until(lambda: tab.state() == "delivered")

    assert [text for _, _, text in tab.seen()] == ["go", "Again and done."]


async def test_an_answer_that_was_not_delivered_before_a_restart_is_shown(web: Served) -> None:
    tab, turn = await started(web)
    turn.show("One")
    await tab.until(lambda: tab.replied() == "One")
    turn.die()
    await tab.drop()
    await web.restart()
    await turn.start((Standing("reply", "nonce", f"{tab.conversation}/{turn.id}.reply"),))
    await turn.finish("The end.")
    await tab.connect()
    await tab.until(lambda: tab.state() == "delivered")

    assert [text for _, _, text in tab.seen()] == ["go", "The end."]


async def test_commands_given_while_offline_are_done_once_each_in_order(web: Served) -> None:
    tab, turn = await started(web)
    await tab.drop()
    for text in ("a", "b", "c"):
        await tab.give(tab.command("send", parts=[{"type": "text", "text": text}]))
    await tab.connect()
    await tab.until(lambda: [text for _, role, text in tab.seen() if role == "user"] == ["go", "a", "b", "c"])
    await turn.finish("done")


async def test_a_shutdown_tells_browsers_to_come_back(web: Served) -> None:
    tab, turn = await started(web)
    await web.stop()

    assert await tab.closed() == 1012
    turn.die()


async def test_memory_follows_activity(web: Served) -> None:
    tab, turn = await started(web)
    web.clock.skip(limits.LINGER_SECONDS + 1)
    web.bridge.sweep()
    assert web.bridge.streams_held == 1
    await turn.finish("done")
    await tab.until(lambda: tab.state() == "delivered")
    web.clock.skip(limits.LINGER_SECONDS + 1)
    web.bridge.sweep()
    assert web.bridge.streams_held == 1
    stream = tab.stream
    await tab.leave()
    other = await web.visit()
    await other.ask("context.set", values={})
    web.bridge.sweep()
    assert web.bridge.streams_held == 0

    await tab.connect()
    assert tab.stream != stream
    assert tab.replied() == "done"


def test_a_stream_that_is_about_to_be_watched_is_not_dropped() -> None:
    streams = Streams(lambda frame: frame)
    key = Key("demo", "visitor", 1)
    stream = streams.obtain(key, 0.0)
    later = limits.LINGER_SECONDS + 1
    assert streams.obtain(key, later) is stream
    streams.sweep(later)
    assert streams.get(key) is stream
    streams.sweep(2 * later)
    assert streams.get(key) is None


async def test_a_change_during_the_reading_of_a_transcript_is_not_lost(web: Served) -> None:
    tab, turn = await started(web)
    await turn.finish("One.")
    await tab.until(lambda: tab.state() == "delivered")
    said = await tab.say("two")
    second = await web.core.begun(said["turn"])
    undone = False

    def undo_once() -> None:
        nonlocal undone
        if not undone:
            undone = True
            web.core.conversation(tab.conversation).turns.remove(second)
            stream = web.bridge._streams.get(_key(web, tab))
            assert stream is not None
            stream.changed(TurnChange(second.id, tab.conversation, "removed"), "", 0.0)

    web.core.before_transcript = undo_once
    other = await web.visit(token=tab.token)

    assert undone
    assert second.id not in other.turns
    second.die()


def _key(web: Served, tab: WebClient) -> Key:
    place = web.core.events[-1].place
    return Key(place.app, place.channel, tab.conversation)


async def test_a_slow_reader_holds_up_nobody_and_catches_up(web: Served) -> None:
    """Its frames are not queued: when the stream keeps them no longer, one snapshot stands for all."""
    tab, turn = await started(web)
    slow = web.client(token=tab.token)
    await slow.connect()
    assert slow._reader is not None
    slow._reader.cancel()
    text = ""
    for _ in range(60):
        text += "x" * 40_000
        turn.show(text + "\n")
        turn.show(text)
        await tab.until(lambda: tab.replied().strip() == text)  # noqa: B023
    await turn.finish("short")
    await tab.until(lambda: tab.state() == "delivered")
    assert slow._socket is not None
    slow._reader = asyncio.create_task(slow._read(slow._socket))
    await slow.until(lambda: slow.state() == "delivered")

    assert slow.view() == tab.view()
    received = sum(len(str(frame)) for frame in slow.frames)
    assert received < sum(len(str(frame)) for frame in tab.frames)


STEPS = st.lists(
    st.sampled_from(
        ["show", "show", "finish", "say", "drop", "connect", "lose", "undo", "retry", "clear", "rate"]
    ),
    min_size=1,
    max_size=14,
)


@given(steps=STEPS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_happens_a_client_ends_up_with_what_the_server_has(steps: list[str], tmp_path: Path) -> None:
    asyncio.run(_live_through(steps, tmp_path))


async def _live_through(steps: list[str], folder: Path) -> None:
    async with serving(folder, messages_per_minute=0) as web:
        tab = await web.visit()
        await tab.say("hello")
        online = True
        for number, step in enumerate(steps):
            online = await _take(step, number, web, tab, online)
        if not online:
            await tab.connect()
        for turn in sorted(web.core.turns):
            running = web.core.turns[turn]
            if running.state in {"received", "running"}:
                await (await web.core.begun(turn)).finish(f"end of {turn}")
        fresh = await web.visit(token=tab.token)
        await tab.until(lambda: tab.view() == fresh.view())
        await fresh.until(lambda: tab.view() == fresh.view())


async def _take(step: str, number: int, web: Served, tab: WebClient, online: bool) -> bool:
    running = [turn for turn in web.core.turns.values() if turn.state == "running"]
    ended = [turn for turn in tab.turns if tab.state(turn) == "delivered"]
    if step == "show" and running:
        running[0].show("word " * (number + 1))
    elif step == "finish" and running:
        await running[0].finish(f"final {number}")
    elif step == "drop" and online:
        await tab.drop()
        return False
    elif step == "connect" and not online:
        await tab.connect()
        return True
    elif step == "lose":
        lost = iter([True])
        tab.lose = lambda frame: "seq" in frame and frame["type"].startswith("post") and next(lost, False)
    elif (
        online
        and step in {"say", "undo", "retry", "clear", "rate"}
        and not (running and step in {"undo", "clear"})
    ):
        if step == "say":
            await tab.say(f"message {number}")
        elif step == "clear" and not running:
            await tab.ask("clear")
        elif ended and step == "rate":
            await tab.ask("rate", turn=ended[0], message=0, value="Like")
        elif ended and not running:
            await tab.ask(step, **({"turn": ended[-1]} if step == "retry" else {}))
    return online
