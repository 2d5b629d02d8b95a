"""What the tests of hearing share: the bridge's real receiver on the fake Slack, and a core that takes all in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from aiohttp import web
from slack_bolt.async_app import AsyncApp

from fakes.clock import VirtualClock
from fakes.listening import Result, WatchedCore
from fakes.slack.apps import App
from fakes.slack.server import FakeSlack
from fakes.vault import MemoryVault
from trunkline.bridge import Budget, Mount, Post, Shown, Target, Transcript, TurnChange, View
from trunkline.inbound import Inbound, Place
from trunkline.messages import Reply
from trunkline_bridges.slack.desk import Desk
from trunkline_bridges.slack.hearing.client import receive
from trunkline_bridges.slack.limits import CAPABILITIES
from trunkline_bridges.slack.options import SlackOptions
from trunkline_bridges.slack.sending.api import Api
from trunkline_bridges.web.server import Mounts


class Plain:
    """A bridge that posts plain text into the thread, with the app's own token."""

    name = "slack"
    capabilities = CAPABILITIES

    def __init__(self, api: Api) -> None:
        self.api = api

    def companions(self, _: Target) -> Sequence[tuple[str, Target]]:
        return ()

    def budget(self, _: str, __: Target) -> tuple[str, Budget]:
        return "all", Budget()

    async def create(self, target: Target, post: Post, _: str, __: Sequence[Shown]) -> str:
        thread = target.get("thread")
        sent = await self.api.call(
            str(target["team"]), "chat.postMessage", channel=target["channel"], thread_ts=thread, text=post.text
        )
        return str(sent["ts"])

    async def turn_changed(self, _: Target, __: TurnChange) -> None:
        return


def plainly(reply: Reply, _: View, __: Sequence[Shown], ___: float) -> tuple[Post, ...]:
    text = "\n\n".join(message.text for message in reply.messages)
    return (Post("reply:0", {"text": text}, text=text),) if text else ()


class Listener(WatchedCore):
    """Replies with the app's own token. Knob: `paused`, where it keeps quiet."""

    def __init__(self, slack: FakeSlack, app: App, root: Path, clock: VirtualClock) -> None:
        token = app.token if app.installs else ""
        self.api = Api(SlackOptions.model_validate({"bot_token": token, "api_url": slack.api}), clock)
        super().__init__(Plain(self.api), plainly, root, clock)  # type: ignore[arg-type]

    async def transcript(
        self, place: Place, conversation: int = 0, *, limit: int = 200, before: int = 0
    ) -> Transcript:
        if place in self.paused:
            return Transcript(0, paused=True)
        return await super().transcript(place, conversation, limit=limit, before=before)

    async def command(self, kind: type[Any]) -> Inbound:
        """The first event with a command of a kind."""
        found = await self.until(lambda: [each for each in self.counted if isinstance(each.command, kind)])
        return found[0]

    async def end(self) -> None:
        await super().end()
        await self.api.close()


@dataclass
class Ears:
    slack: FakeSlack
    core: Listener
    desk: Desk
    clock: VirtualClock
    vault: MemoryVault
    running: asyncio.Task[None]
    url: str = ""
    """Where the public web server is."""

    async def hears(self, *texts: str) -> list[Inbound]:
        """The events, once exactly these texts were said, and nothing is on its way any more."""
        await self.core.until(lambda: len(self.core.texts) >= len(texts))
        await self.slack.deliveries.quiet()
        assert self.core.texts == list(texts)
        return self.core.counted

    async def passes(self, look: Callable[[], Result], step: float = 1.0) -> Result:
        """Let time pass until `look` sees something."""
        async with asyncio.timeout(15):
            while not (seen := look()):
                await self.clock.advance(step)
                await asyncio.get_running_loop().run_in_executor(None, int)
        return seen


def options_of(slack: FakeSlack, app: App, *, http: bool = False, **options: Any) -> SlackOptions:
    known = {"api_url": slack.api, "bot_token": app.token if app.installs else ""}
    known |= {"signing_secret": app.signing_secret} if http else {"app_token": app.app_token}
    return SlackOptions.model_validate(known | options)


def no_listeners(_: AsyncApp, __: Desk) -> None:
    """Nothing is pressed or commanded."""


@asynccontextmanager
async def public_server() -> AsyncIterator[tuple[str, Mounts]]:
    """The web bridge's server, as far as others mount on it."""
    mounts = Mounts()

    async def serve(request: web.Request) -> web.StreamResponse:
        handler = mounts.find(request.path)
        return await handler(request) if handler is not None else web.Response(status=404)

    server = web.Application()
    server.router.add_route("*", "/{rest:.*}", serve)
    runner = web.AppRunner(server, shutdown_timeout=0.1)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        yield f"http://{host}:{port}", mounts
    finally:
        await runner.cleanup()


@asynccontextmanager
async def listening(
    slack: FakeSlack,
    app: App,
    core: Listener,
    clock: VirtualClock,
    *,
    http: bool = False,
    vault: MemoryVault | None = None,
    listeners: Callable[[AsyncApp, Desk], None] = no_listeners,
    **options: Any,
) -> AsyncIterator[Ears]:
    """The bridge's own receiver hears what happens, with these settings."""
    made = options_of(slack, app, http=http, **options)
    kept = vault or MemoryVault(clock.now)
    async with public_server() as (url, mounts), Api(made, clock) as api:
        desk = Desk(core, made, "demo", ("demo", "other"), api, clock)
        running = asyncio.create_task(
            receive(desk, kept, cast("Mount", mounts.add), ping_interval=0.05, listeners=listeners),
            name="receiver",
        )
        ears = Ears(slack, core, desk, clock, kept, running, url)
        try:
            await _ready(ears, app, mounts, http=http)
            yield ears
        finally:
            running.cancel()
            await asyncio.wait({running})


async def _ready(ears: Ears, app: App, mounts: Mounts, *, http: bool) -> None:
    """It is connected, or its path is answered; what ended it instead is raised."""
    path = "/slack/events"
    if http:
        app.listen(f"{ears.url}{path}")
    connected = asyncio.create_task(
        _mounted(mounts, path) if http else ears.slack.sockets.connected(app), name="connected"
    )
    await asyncio.wait({ears.running, connected}, return_when=asyncio.FIRST_COMPLETED)
    if ears.running.done():
        connected.cancel()
        await asyncio.wait({connected})
        ears.running.result()
    await connected


async def _mounted(mounts: Mounts, path: str) -> None:
    async with asyncio.timeout(15):
        while mounts.find(path) is None:
            await asyncio.get_running_loop().run_in_executor(None, int)
