"""What a turn costs a real app, and what becomes of its sessions."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import aiohttp
import pytest

from fakes.gradio_apps import Version, call
from trunkline.backend import Backend, SendMessage, TurnRequest
from trunkline.errors import AppUnreachable
from trunkline.gradio import GradioBackend, backend
from trunkline.messages import Message, Reply, Text

if TYPE_CHECKING:
    from fakes.fixtures import StartApp

HISTORY = (Message("user", (Text("one"),)), Message("assistant", (Text("two"),)))


class CountedRequests:
    """A client session of the test's own; `seen` counts the routes it asked for."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()
        trace = aiohttp.TraceConfig()
        trace.on_request_start.append(self._count)
        self.http = aiohttp.ClientSession(trace_configs=[trace], cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def _count(
        self, session: aiohttp.ClientSession, context: object, params: aiohttp.TraceRequestStartParams
    ) -> None:
        route = params.url.path.removeprefix("/gradio_api/")
        self.seen["heartbeat" if route.startswith("heartbeat/") else route] += 1


@pytest.fixture
async def counted() -> AsyncIterator[CountedRequests]:
    requests = CountedRequests()
    yield requests
    await requests.http.close()


def say(text: str, conversation: str = "c", history: tuple[Message, ...] = HISTORY) -> TurnRequest:
    return TurnRequest(conversation, SendMessage((Text(text),)), history)


async def last(app: Backend, request: TurnRequest) -> Reply:
    async with asyncio.timeout(30):
        snapshots = [reply async for reply in app.turn(request)]
    return snapshots[-1]


async def test_a_turn_of_chat_interface_is_four_requests(
    gradio_app: StartApp, counted: CountedRequests, version: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "RESTART_CHECK_SECONDS", 1e9)
    app = GradioBackend(gradio_app("typing_echo", version), http=counted.http)
    await app.connect()
    for number in range(3):
        counted.seen.clear()

        reply = await last(app, say(f"hello {number}", history=HISTORY * (number + 1)))

        assert reply.state == "final"
        # The stream of the turn before may still be open: then it serves this one too.
        assert counted.seen.pop("queue/data", 1) == 1
        # It is held from the first turn on.
        assert counted.seen.pop("heartbeat", 0) == (number == 0)
        assert counted.seen == {"run/predict": 2, "queue/join": 1}
    await app.close()
    assert not counted.http.closed


async def test_a_history_that_the_session_holds_is_not_sent_again(
    gradio_app: StartApp, counted: CountedRequests, version: Version, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "RESTART_CHECK_SECONDS", 1e9)
    app = GradioBackend(gradio_app("typing_echo", version), http=counted.http)
    await last(app, say("first"))
    counted.seen.clear()

    await last(app, say("again"))

    assert counted.seen.pop("queue/data", 1) == 1
    assert counted.seen == {"run/predict": 1, "queue/join": 1}
    await app.close()


async def test_conversations_do_not_wait_for_each_other_s_history(gradio_app: StartApp, version: Version) -> None:
    app = GradioBackend(gradio_app("memory", version))
    await app.connect()

    replies = await asyncio.gather(*(last(app, say(f"m{i}", f"c{i}")) for i in range(8)))

    assert all(reply.state == "final" and f"m{i}" in reply.text for i, reply in enumerate(replies))
    await app.close()


async def test_a_turn_that_takes_too_long_fails_with_what_it_showed(
    fresh_gradio_app: StartApp, version: Version
) -> None:
    url = fresh_gradio_app("slow_answer", version)
    app = GradioBackend(url, turn_timeout=0.5)
    await app.connect()

    reply = await last(app, say("slow"))

    assert reply.state == "failed"
    assert "did not finish" in reply.error
    await call(url, "open")
    await app.close()


async def test_closing_ends_a_turn_under_way(fresh_gradio_app: StartApp, version: Version) -> None:
    url = fresh_gradio_app("slow_answer", version)
    app = GradioBackend(url)
    await app.connect()
    turn = asyncio.create_task(last(app, say("slow")))
    await call(url, "reached")

    await app.close()

    (ended,) = await asyncio.gather(turn, return_exceptions=True)
    assert isinstance(ended, AppUnreachable) or (isinstance(ended, Reply) and ended.state == "failed")
    await call(url, "open")
