"""What Slack sends to apps, over Socket Mode or signed HTTP, and how often it tries.

reference: section 5 (200 within 3 s, else up to 3 retries — at once, after about one minute, after about five —
with `X-Slack-Retry-Num` and `-Reason`; `X-Slack-No-Retry: 1` stops them; Socket Mode the same by `retry_attempt`;
the signature is the HMAC-SHA256 of `v0:{timestamp}:{body}`).
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode

import aiohttp

from fakes.slack.apps import App
from fakes.slack.errors import Json
from fakes.slack.sockets import Broken, Sockets
from fakes.slack.world import World

EVENTS, INTERACTIVE, COMMANDS = "events_api", "interactive", "slash_commands"

Sleep = Callable[[float], Awaitable[None]]
Result = TypeVar("Result")


@dataclass(eq=False)
class Delivery:
    """One thing to tell an app. `failures` are the reasons of the attempts that failed, in order."""

    app: App
    kind: str
    payload: Json
    attempts: int = 0
    failures: list[str] = field(default_factory=list)
    acknowledged: bool = False
    given_up: bool = False
    answer: Json | None = None
    """What was acknowledged with, if anything."""

    @property
    def done(self) -> bool:
        return self.acknowledged or self.given_up

    @property
    def event(self) -> Json:
        """The event of an Events API payload."""
        event: Json = self.payload["event"]
        return event


class Deliveries:
    """Everything that was sent to apps, in `log`."""

    def __init__(self, world: World, sockets: Sockets, sleep: Sleep) -> None:
        self.log: list[Delivery] = []
        self.ack_seconds = 3.0
        self.retry_after: tuple[float, ...] = (0.0, 60.0, 300.0)
        self.stamp: Callable[[], float] = time.time
        """What requests are signed by: real time, since Bolt compares with it, whatever the clock says."""
        self.paused = False
        """While it is set, nothing is sent; `resume` sends it, in order, as when Slack was down."""
        self._held: list[tuple[Delivery, Callable[[Delivery], None] | None]] = []
        self._world = world
        self._sockets = sockets
        self._sleep = sleep
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop: asyncio.AbstractEventLoop | None = None

    def begin(self) -> None:
        """From now on it can be sent; a test may make people act between two steps of the loop."""
        self._loop = asyncio.get_running_loop()

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session is not None:
            await self._session.close()

    def send(self, app: App, kind: str, payload: Json, then: Callable[[Delivery], None] | None = None) -> Delivery:
        """Begin to deliver; `then` is called when it is acknowledged or given up."""
        delivery = Delivery(app, kind, payload)
        self.log.append(delivery)
        if self.paused:
            self._held.append((delivery, then))
        else:
            self._begin(delivery, then)
        return delivery

    def resume(self) -> None:
        self.paused = False
        for delivery, then in self._held:
            self._begin(delivery, then)
        self._held.clear()

    def again(self, delivery: Delivery) -> Delivery:
        """Deliver the same once more, as Slack does when an acknowledgement got lost."""
        copy = Delivery(delivery.app, delivery.kind, delivery.payload, attempts=delivery.attempts)
        copy.failures.append("http_timeout")
        self.log.append(copy)
        self._begin(copy, None)
        return copy

    async def quiet(self) -> None:
        """Returns once nothing is on its way."""
        await self._world.until(lambda: not self._held and all(each.done for each in self.log))

    def events(self, kind: str) -> list[Delivery]:
        """The events of a type, in the order in which they happened."""
        return [each for each in self.log if each.kind == EVENTS and each.event["type"] == kind]

    def _begin(self, delivery: Delivery, then: Callable[[Delivery], None] | None) -> None:
        assert self._loop is not None
        task = self._loop.create_task(self._run(delivery, then))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run(self, delivery: Delivery, then: Callable[[Delivery], None] | None) -> None:
        # Only events are retried; a person who pressed something is told that it failed.
        for wait in (0.0, *(self.retry_after if delivery.kind == EVENTS else ())):
            if wait:
                await self._sleep(wait)
            delivery.attempts += 1
            over_socket = delivery.app.socket_mode
            reason = await (self._over_socket(delivery) if over_socket else self._over_http(delivery))
            delivery.acknowledged = not reason
            self._world.changed()
            if not reason:
                break
            delivery.failures.append(reason.removesuffix("!"))
            if reason.endswith("!"):
                break
        delivery.given_up = not delivery.acknowledged
        if then is not None:
            then(delivery)
        self._world.changed()

    async def _over_socket(self, delivery: Delivery) -> str:
        """One attempt; returns why it failed, or nothing."""
        envelope: Json = {
            "envelope_id": self._world.new_id("envelope-"),
            "type": delivery.kind,
            "payload": delivery.payload,
            "accepts_response_payload": delivery.kind != EVENTS,
        }
        if delivery.kind == EVENTS:
            envelope["retry_attempt"] = len(delivery.failures)
            envelope["retry_reason"] = delivery.failures[-1] if delivery.failures else ""
        try:
            ack = await self._in_time(self._sockets.send(delivery.app, envelope))
        except Broken:
            return "connection_failed"
        if ack is None:
            return "timeout"
        delivery.answer = ack.get("payload")
        return ""

    async def _over_http(self, delivery: Delivery) -> str:
        """One attempt; a reason that ends in `!` says that there shall be no other."""
        url, body, content_type = self._request(delivery)
        headers = {"Content-Type": content_type, **self.signed(delivery.app, body)}
        if delivery.failures:
            headers["X-Slack-Retry-Num"] = str(len(delivery.failures))
            headers["X-Slack-Retry-Reason"] = delivery.failures[-1]
        try:
            answer = await self._in_time(self._post(url, body, headers))
        except aiohttp.ClientError:
            return "connection_failed"
        if answer is None:
            return "http_timeout"
        status, text, no_retry = answer
        if status != 200:
            return "http_error" + ("!" if no_retry else "")
        delivery.answer = _parse(text)
        return ""

    async def verify(self, app: App) -> bool:
        """Whether an app's events URL answers the challenge with which Slack checks it when it is entered."""
        challenge = self._world.new_id("challenge")
        body = json.dumps({"type": "url_verification", "token": "verification-token", "challenge": challenge})
        headers = {"Content-Type": "application/json", **self.signed(app, body)}
        answer = await self._in_time(self._post(app.events_url, body, headers))
        return answer is not None and answer[0] == 200 and challenge in answer[1]

    def signed(self, app: App, body: str, at: float | None = None) -> dict[str, str]:
        """The headers that prove that a body comes from Slack; `at` is for requests that are old or early."""
        stamp = str(int(self.stamp() if at is None else at))
        digest = hmac.new(app.signing_secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256).hexdigest()
        return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}

    def _request(self, delivery: Delivery) -> tuple[str, str, str]:
        """Where to, what and in which form: commands and interactions are forms, events are JSON."""
        app, payload = delivery.app, delivery.payload
        if delivery.kind == EVENTS:
            return app.events_url, json.dumps(payload), "application/json"
        form = "application/x-www-form-urlencoded"
        if delivery.kind == COMMANDS:
            return app.commands_url, urlencode(payload), form
        return app.interactions_url, urlencode({"payload": json.dumps(payload)}), form

    async def _post(self, url: str, body: str, headers: dict[str, str]) -> tuple[int, str, bool]:
        if self._session is None:
            self._session = aiohttp.ClientSession()
        async with self._session.post(url, data=body.encode(), headers=headers) as response:
            return response.status, await response.text(), response.headers.get("X-Slack-No-Retry") == "1"

    async def _in_time(self, work: Coroutine[Any, Any, Result]) -> Result | None:
        """What comes of it within three seconds."""
        doing = asyncio.ensure_future(work)
        timer = asyncio.ensure_future(self._sleep(self.ack_seconds))
        try:
            await asyncio.wait({doing, timer}, return_when=asyncio.FIRST_COMPLETED)
            return doing.result() if doing.done() else None
        finally:
            doing.cancel()
            timer.cancel()


def _parse(text: str) -> Json | None:
    """The body of an acknowledgement: JSON, or the text that a command is answered with."""
    if not text.strip():
        return None
    try:
        found = json.loads(text)
    except ValueError:
        return {"text": text}
    return found if isinstance(found, dict) else {"text": text}
