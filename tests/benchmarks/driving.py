"""The three drivers that are compared: ours, a bare aiohttp one, and gradio_client."""

from __future__ import annotations

import asyncio
import json
import secrets
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import aiohttp
from pydantic import BaseModel

from trunkline.app import Service, open_service
from trunkline.bridge import Budget, Capabilities, Core, Descriptor, Post, Shown, Target, TurnChange, View
from trunkline.gradio.chain import walk
from trunkline.gradio.client import AppClient
from trunkline.gradio.config import fetch_config
from trunkline.gradio.graph import find_chat
from trunkline.inbound import Inbound, Place, Say
from trunkline.messages import Reply, Speaker, Text
from trunkline.services import Connected
from trunkline.settings import load

ENDED = frozenset({"delivered", "failed", "stopped", "undeliverable"})


class Driver(Protocol):
    async def turn(self, conversation: int) -> float:
        """One turn of a conversation; seconds."""
        ...


_NO_LIMIT = Budget()


class NullBridge:
    """Takes every post and shows it nowhere."""

    name = "null"
    capabilities = Capabilities(repeatable=True, several_people=False)

    def __init__(self) -> None:
        self.ended: dict[int, asyncio.Future[str]] = {}
        self._posts = 0

    async def run(self, core: Core) -> None:
        return

    def companions(self, target: Target) -> Sequence[tuple[str, Target]]:
        return ()

    def budget(self, operation: str, target: Target) -> tuple[str, Budget]:
        return "null", _NO_LIMIT

    async def create(self, target: Target, post: Post, nonce: str, after: Sequence[Shown]) -> str:
        self._posts += 1
        return str(self._posts)

    async def edit(self, target: Target, shown: Shown, post: Post) -> None:
        return

    async def append(self, target: Target, shown: Shown, post: Post) -> None:
        return

    async def delete(self, target: Target, shown: Shown) -> None:
        return

    async def find(self, target: Target, nonce: str, after: Sequence[Shown]) -> str | None:
        return None

    async def turn_changed(self, target: Target, change: TurnChange) -> None:
        if change.state in ENDED:
            self.ended[int(str(target["conversation"]))].set_result(change.state)


def render(reply: Reply, view: View, shown: Sequence[Shown], now: float) -> tuple[Post, ...]:
    return (Post("reply", {"text": reply.text, "state": reply.state}),)


def _no_bridge(wiring: object) -> NullBridge:
    raise AssertionError("the benchmark connects its bridge itself")


class Ours:
    """Router in to final at a null bridge, with the store on disk."""

    def __init__(self, service: Service, bridge: NullBridge) -> None:
        self._service = service
        self._bridge = bridge
        self._count = 0

    async def turn(self, conversation: int, text: str = "hello") -> float:
        ended = self._bridge.ended[conversation] = asyncio.get_running_loop().create_future()
        self._count += 1
        event = Inbound(
            f"null:{self._count}",
            Place("null", "app", channel=str(conversation)),
            Speaker("null", str(conversation)),
            Say((Text(text),)),
            time.time(),
            target={"conversation": conversation},
        )
        start = time.perf_counter()
        await self._service.router.accept(event)
        state = await ended
        if state != "delivered":
            raise RuntimeError(f"a measured turn ended as {state}")
        return time.perf_counter() - start


@asynccontextmanager
async def ours(url: str, folder: Path) -> AsyncIterator[Ours]:
    settings = load([], overrides={"apps": {"app": {"url": url}}, "store": {"url": str(folder / "bench.db")}})
    async with open_service(settings, process="bench") as service:
        bridge = NullBridge()
        descriptor = Descriptor("null", bridge.capabilities, BaseModel, render, _no_bridge)
        service.router.connect(Connected(descriptor, bridge))
        await service.services.apps.connected("app")
        yield Ours(service, bridge)


class Bare:
    """The same four requests by hand: set the history and save the message at once, submit, read the stream."""

    def __init__(self, url: str, http: aiohttp.ClientSession, steps: Mapping[str, int]) -> None:
        self._api = f"{url.rstrip('/')}/gradio_api"
        self._http = http
        self._steps = steps
        self._history: dict[int, list[Any]] = {}
        self._hashes: dict[int, str] = {}

    async def turn(self, conversation: int) -> float:
        session = self._hashes.setdefault(conversation, secrets.token_hex(8))
        history = self._history.setdefault(conversation, [])[-200:]
        start = time.perf_counter()
        await asyncio.gather(
            self._predict("inject", session, [history]), self._predict("save", session, ["hello"])
        )
        answer = await self._submit(session)
        elapsed = time.perf_counter() - start
        self._history[conversation] = answer
        return elapsed

    async def _predict(self, step: str, session: str, data: list[Any]) -> Any:
        body = {"data": data, "fn_index": self._steps[step], "session_hash": session, "trigger_id": None}
        async with self._http.post(f"{self._api}/run/predict", json=body) as answer:
            return await answer.json()

    async def _submit(self, session: str) -> list[Any]:
        body = {"data": [None, None], "fn_index": self._steps["submit"], "session_hash": session}
        async with self._http.post(f"{self._api}/queue/join", json=body) as joined:
            await joined.read()
        async with self._http.get(f"{self._api}/queue/data", params={"session_hash": session}) as stream:
            async for line in stream.content:
                if line.startswith(b"data:"):
                    message = json.loads(line[5:])
                    if message["msg"] == "process_completed":
                        answer: list[Any] = message["output"]["data"][self._steps["chatbot"]]
                        return answer
        raise RuntimeError("the stream ended without an answer")


@asynccontextmanager
async def bare(url: str) -> AsyncIterator[Bare]:
    steps = await find_steps(url)
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=3)
    async with aiohttp.ClientSession(connector=connector) as http:
        yield Bare(url, http, steps)


async def find_steps(url: str) -> dict[str, int]:
    """The ids of the steps of the app's chain, and where in the last one's outputs the chatbot is."""
    client = AppClient(url)
    try:
        graph = find_chat(await fetch_config(client))
    finally:
        await client.close()
    assert graph.inject is not None
    assert graph.chatbot is not None
    fired = [step for step in walk(graph.config, graph.submit.roots) if step.id in graph.submit.steps]
    save = next(step for step in fired if not step.queue)
    submit = next(step for step in fired if step.queue)
    position = submit.outputs.index(graph.chatbot.id)
    return {"inject": graph.inject.id, "save": save.id, "submit": submit.id, "chatbot": position}


class GradioClients:
    """gradio_client as its documentation shows it: one `Client` a conversation, `submit` read to its end."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._clients: dict[int, Any] = {}

    async def turn(self, conversation: int) -> float:
        from gradio_client import Client

        if conversation not in self._clients:
            self._clients[conversation] = await asyncio.to_thread(
                Client, self._url, verbose=False, analytics_enabled=False
            )
        client = self._clients[conversation]
        start = time.perf_counter()
        await asyncio.to_thread(self._run, client)
        return time.perf_counter() - start

    @staticmethod
    def _run(client: Any) -> None:
        for _ in client.submit("hello", api_name="/chat"):
            pass
