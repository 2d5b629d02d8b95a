"""A session's calls and its one event stream, against a scripted server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web

from fakes.event_server import EventServer
from trunkline.errors import AppFailed, AppRefused, AppUnreachable, LoginFailed, SessionLost, TrunklineError
from trunkline.gradio import client as client_module
from trunkline.gradio.client import AppClient, dump
from trunkline.gradio.config import Dependency, parse_config
from trunkline.gradio.events import (
    Failed,
    FrameSplitter,
    Log,
    Position,
    Progress,
    Started,
    StepEvent,
    Stopped,
    Update,
)
from trunkline.gradio.session import AppSession

CLOSE = {"msg": "close_stream"}


def step(number: int = 3, **more: Any) -> Dependency:
    raw = {"version": "6.0", "components": [], "dependencies": [{"id": number, "targets": [], **more}]}
    return parse_config(raw, "http://app.test").dependencies[number]


def done(event: str, *data: Any) -> dict[str, Any]:
    return {"msg": "process_completed", "event_id": event, "success": True, "output": {"data": list(data)}}


def growing(event: str, *data: Any) -> dict[str, Any]:
    return {"msg": "process_generating", "event_id": event, "success": True, "output": {"data": list(data)}}


@pytest.fixture
async def session(client: AppClient) -> AsyncIterator[AppSession]:
    opened = AppSession(client)
    yield opened
    await opened.close()


async def events_of(session: AppSession, dependency: Dependency | None = None) -> list[StepEvent]:
    events: list[StepEvent] = []
    async with asyncio.timeout(10):
        await session.call(dependency or step(), dump({"data": []}), events.append)
    return events


async def begun(session: AppSession, number: int = 0) -> asyncio.Task[None]:
    """A call of which the app said that it runs."""
    started = asyncio.Event()

    def take(event: StepEvent) -> None:
        assert event == Started()
        started.set()

    call = asyncio.create_task(session.call(step(number), dump({}), take))
    async with asyncio.timeout(10):
        await started.wait()
    return call


async def test_a_call_from_its_place_in_the_queue_to_its_value(server: EventServer, session: AppSession) -> None:
    server.send(
        {"msg": "estimation", "event_id": "event1", "rank": 2, "queue_size": 3, "rank_eta": 1.5},
        {"msg": "process_starts", "event_id": "event1"},
        {"msg": "log", "event_id": "event1", "log": "careful", "level": "warning", "title": "Hm"},
        {"msg": "progress", "event_id": "event1", "progress_data": [{"index": 1, "length": 4, "desc": "at it"}]},
        {"msg": "heartbeat"},
        done("event1", "value"),
        CLOSE,
    )

    events = await events_of(session)

    assert events[:4] == [Position(2, 3, 1.5), Started(), Log("warning", "careful", "Hm"), Progress(0.25, "at it")]
    assert isinstance(events[4], Update)
    assert (events[4].data, events[4].final) == (["value"], True)
    assert "cancel" not in server.names()


async def test_changes_apply_to_what_came_before(server: EventServer, session: AppSession) -> None:
    server.send(
        growing("event1", ["a"], "x"),
        growing("event1", [["append", [0], "b"], ["add", [1], "c"]], []),
        done("event1", ["ab", "c"], "x"),
        CLOSE,
    )
    seen = []

    def take(event: StepEvent) -> None:
        assert isinstance(event, Update)
        seen.append(([list(item) for item in event.data], dict(event.touched)))

    await session.call(step(), dump({}), take)

    assert seen[0] == ([["a"], ["x"]], {0: None, 1: None})
    assert seen[1] == ([["ab", "c"], ["x"]], {0: {0, 1}})


async def test_changes_to_what_never_came_are_left_out(server: EventServer, session: AppSession) -> None:
    server.send(
        growing("event1", [["append", [0], "b"]], []),
        growing("event1", [["append", [0], "c"]], []),
        done("event1", ["abc"], "x"),
        CLOSE,
    )

    (update,) = await events_of(session)

    assert isinstance(update, Update)
    assert (update.data, update.final) == ([["abc"], "x"], True)


async def test_a_completion_without_data_is_a_stop(server: EventServer, session: AppSession) -> None:
    server.send({"msg": "process_completed", "event_id": "event1", "success": True, "output": {}}, CLOSE)

    assert await events_of(session) == [Stopped()]


async def test_what_a_function_raised_is_told(server: EventServer, session: AppSession) -> None:
    output = {"error": "No model", "title": "Busy"}
    server.send({"msg": "process_completed", "event_id": "event1", "success": False, "output": output}, CLOSE)

    assert await events_of(session) == [Failed("No model", "Busy")]


async def test_two_calls_share_one_stream(server: EventServer, session: AppSession) -> None:
    first = asyncio.create_task(events_of(session))
    second = asyncio.create_task(events_of(session, step(4)))
    server.send(growing("event2", "b"), done("event1", "a"), done("event2", "b"), CLOSE)

    ends = [(await call)[-1] for call in (first, second)]

    assert sorted(end.data[0] for end in ends if isinstance(end, Update)) == ["a", "b"]
    assert server.most_readers == 1


async def test_a_stream_is_opened_again_for_the_next_call(server: EventServer, session: AppSession) -> None:
    server.send(done("event1", 1), CLOSE)
    await events_of(session)
    server.send(done("event2", 2), CLOSE)

    (update,) = await events_of(session)

    assert isinstance(update, Update)
    assert update.data == [2]
    assert not session.lost


async def test_leaving_a_call_cancels_it(server: EventServer, session: AppSession) -> None:
    server.send({"msg": "process_starts", "event_id": "event1"})
    call = await begun(session, 7)

    call.cancel()

    async with asyncio.timeout(10):
        await server.cancelled.wait()
    assert server.bodies[-1][1] == {"session_hash": session.hash, "event_id": "event1", "fn_index": 7}


@pytest.mark.parametrize(
    "frame",
    [
        None,
        {"msg": "unexpected_error", "event_id": None, "message": "404", "session_not_found": True},
        {"msg": "unexpected_error", "event_id": None, "message": "Server stopped unexpectedly."},
        b"data: {no json\n\n",
    ],
)
async def test_a_stream_that_breaks_loses_the_session(
    server: EventServer, session: AppSession, frame: dict[str, Any] | bytes | None
) -> None:
    server.send(growing("event1", "a"), frame, None)

    with pytest.raises(SessionLost):
        await events_of(session)

    assert session.lost


async def test_closing_ends_what_still_waits(server: EventServer, session: AppSession) -> None:
    server.send({"msg": "process_starts", "event_id": "event1"})
    call = await begun(session)

    await session.close()

    with pytest.raises(SessionLost, match="closed"):
        await call


async def test_what_goes_wrong_in_one_call_is_its_own(server: EventServer, session: AppSession) -> None:
    server.send(growing("event1", "a"), done("event2", "b"), CLOSE)

    def fail(event: StepEvent) -> None:
        raise ValueError("not as expected")

    wrong = asyncio.create_task(session.call(step(), dump({}), fail))
    right = asyncio.create_task(events_of(session, step(4)))

    async with asyncio.timeout(10):
        results = await asyncio.gather(wrong, right, return_exceptions=True)
    assert any(isinstance(result, ValueError) for result in results)
    assert any(isinstance(result, list) for result in results)
    assert not session.lost


async def test_an_event_of_no_kind_says_nothing(server: EventServer, session: AppSession) -> None:
    server.send({"event_id": "event1"}, {"msg": "log", "event_id": ["event1"]}, done("event1", "value"), CLOSE)

    (event,) = await events_of(session)

    assert isinstance(event, Update)
    assert event.data == ["value"]


async def test_silence_loses_the_session(
    server: EventServer, session: AppSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "SILENCE_SECONDS", 0.05)

    with pytest.raises(SessionLost, match="in time"):
        await events_of(session)


async def test_a_change_that_does_not_fit_loses_the_session(server: EventServer, session: AppSession) -> None:
    server.send(growing("event1", ["a"]), growing("event1", [["append", [4], "b"]]))

    with pytest.raises(SessionLost):
        await events_of(session)


@pytest.mark.parametrize(
    ("status", "body", "error", "words"),
    [
        (
            422,
            {"detail": [{"is_valid": False, "message": "Too rude."}, {"is_valid": True}]},
            AppRefused,
            "Too rude.",
        ),
        (503, {"detail": "Queue is full."}, AppFailed, "Queue is full."),
        (500, {"error": "x"}, SessionLost, "no longer knows"),
        (404, {}, SessionLost, "no longer knows"),
        (429, {}, AppUnreachable, "429"),
    ],
)
async def test_a_call_that_is_not_taken(
    server: EventServer, session: AppSession, status: int, body: Any, error: type[TrunklineError], words: str
) -> None:
    server.joins = lambda number: web.json_response(body, status=status)

    with pytest.raises(error) as refused:
        await events_of(session)

    assert words in refused.value.user_message


async def test_a_step_outside_the_queue(server: EventServer, session: AppSession) -> None:
    server.predicts = lambda number: web.json_response({"data": ["x"], "changed_state_ids": [4]})

    event = await session.predict(step(), dump({"data": []}))

    assert isinstance(event, Update)
    assert (event.data, event.changed_states) == (["x"], [4])


async def test_a_step_outside_the_queue_that_fails(server: EventServer, session: AppSession) -> None:
    server.predicts = lambda number: web.json_response({"error": None}, status=500)

    assert await session.predict(step(), dump({})) == Failed("")


async def test_a_login_that_ran_out_is_repeated(server: EventServer) -> None:
    server.password = "right"
    server.send(done("event1", 1), CLOSE)
    client = AppClient(server.url, auth=("ann", "right"))
    session = AppSession(client)

    await events_of(session)

    assert server.logins == 1
    await session.close()
    await client.close()


@pytest.mark.parametrize("auth", [None, ("ann", "wrong")])
async def test_a_login_that_is_refused(server: EventServer, auth: tuple[str, str] | None) -> None:
    server.password = "right"
    client = AppClient(server.url, auth=auth)
    session = AppSession(client)

    with pytest.raises(LoginFailed):
        await events_of(session)

    await session.close()
    await client.close()


def test_events_are_cut_wherever_the_bytes_break() -> None:
    stream = b"data: 1\n\ndata: 22\n\ndata: 333\n\n"
    for size in range(1, len(stream) + 1):
        splitter = FrameSplitter()
        pieces = [stream[i : i + size] for i in range(0, len(stream), size)]

        frames = [frame for piece in pieces for frame in splitter.split(piece)]

        assert frames == [b"data: 1", b"data: 22", b"data: 333"]
