"""A Slack of one's own: Web API, Socket Mode, signed events, uploads, for the unmodified slack-bolt and slack_sdk.

async with running_slack() as slack:
    acme = slack.workspace("acme")
    app = slack.app(acme)                          # installed in acme; `app.token`, `app.app_token`
    ada = acme.person("ada")
    general = acme.channel("general", ada, app)
    ...                                            # start the app with base_url=slack.api
    await slack.sockets.connected(app)
    ada.post(general, f"{app.mention} hello")
    await ada.waits_for(general, "Hello, Ada!")

The parts with knobs: `limits`, `faults`, `deliveries` (3 s, retries, `again`, `paused`), `sockets` (`drop`,
`warn`, `refresh`), `files` (`slow`, `process`), `streams` (sizes, `refusal`), `agents`, `views`, `interactions`.
An app hears over Socket Mode unless it is told to `listen` to a URL. People do what Slack's client lets them
(`fakes.slack.people`); `fakes.slack.raw` breaks rules; `fakes.slack.bolts` runs a real Bolt app.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from fakes.slack.agents import Agents
from fakes.slack.apps import EVENTS, SCOPES, AgentFeature, App, Apps
from fakes.slack.calls import Call, read_call
from fakes.slack.chats import Chats
from fakes.slack.conversations import Conversations
from fakes.slack.deliveries import Deliveries, Sleep
from fakes.slack.errors import Json, Refused, TooMany
from fakes.slack.events import Events
from fakes.slack.faults import Fault, Faults
from fakes.slack.files import Files
from fakes.slack.interactions import Interactions
from fakes.slack.limits import Limits
from fakes.slack.methods import Method, Methods
from fakes.slack.payloads import Payloads
from fakes.slack.posting import Posting
from fakes.slack.seeing import Society
from fakes.slack.sockets import Sockets
from fakes.slack.streams import Streams
from fakes.slack.tokens import Tokens
from fakes.slack.views import Views
from fakes.slack.workspaces import Workspace
from fakes.slack.world import Team, World

RARE = frozenset({"conversations.history", "conversations.replies"})


class Dropped(Exception):
    """The connection of a call is to be cut."""


class Failed(Exception):
    """A call is answered with an HTTP status that is no 200."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status = status
        self.error = error


class FakeSlack:
    """The whole platform.

    `now` is the clock of everything and `sleep` waits by it: windows, lives, retries. `ts` keep to real time.
    """

    def __init__(self, now: Callable[[], float] = time.time, sleep: Sleep = asyncio.sleep) -> None:
        self.url = ""
        self.api = ""
        """What `base_url` of a client must be."""
        self.calls: list[Call] = []
        """Every call of the Web API, as it came in."""
        self.world = World(now)
        self.limits = Limits(now)
        self.faults = Faults()
        self.apps = Apps(self.world)
        self.payloads = Payloads(self.world)
        self.sockets = Sockets(self.world, self.faults)
        self.deliveries = Deliveries(self.world, self.sockets, sleep)
        self.events = Events(self.world, self.apps, self.payloads, self.deliveries)
        posting = Posting(self.world)
        self.agents = Agents(self.world, self.apps, self.events, posting)
        self.chats = Chats(self.world, self.payloads, self.events, posting)
        self.streams = Streams(self.world, self.payloads, self.events, posting, self.agents)
        self.conversations = Conversations(self.world, self.apps, self.payloads, self.events, posting)
        self.files = Files(self.world, self.apps, self.payloads, self.events, posting)
        self.interactions = Interactions(
            self.world, self.apps, self.payloads, self.events, self.deliveries, posting
        )
        self.views = Views(self.world, posting, self.interactions)
        self.tokens = Tokens(self.world, self.apps, self.payloads, self.events, self.sockets)
        self._society = Society(
            *(self.world, self.apps, self.payloads, self.events, self.deliveries, self.interactions),
            *(self.views, self.files, self.agents, self.tokens.uninstall),
        )
        families: tuple[Methods, ...] = (
            *(self.agents, self.chats, self.streams, self.conversations, self.files, self.views, self.tokens),
        )
        self._methods: dict[str, Method] = {}
        for family in families:
            self._methods |= family.methods()

    # The world as a test sets it up.

    def workspace(self, name: str) -> Workspace:
        team = Team(self.world.new_id("T"), name)
        self.world.teams[team.id] = team
        return Workspace(self._society, team)

    def app(
        self,
        *workspaces: Workspace,
        name: str = "Trunkline",
        scopes: tuple[str, ...] = SCOPES,
        events: tuple[str, ...] = EVENTS,
        agent: AgentFeature = "agent_view",
        **more: Any,
    ) -> App:
        """A new app, installed in workspaces. `more` are other settings of `App`."""
        number = self.world.new_id("")
        app = App(
            f"A{number}",
            name,
            client_id=f"client.{number}",
            client_secret=f"secret-{number}",
            signing_secret=f"signing-{number}",
            app_token=f"xapp-1-A{number}",
            scopes=scopes,
            events=events,
            agent=agent,
            **more,
        )
        self.apps.add(app)
        for workspace in workspaces:
            workspace.install(app)
        return app

    def count(self, method: str) -> int:
        """How many calls of a method came in."""
        return sum(call.method == method for call in self.calls)

    def made(self, method: str) -> list[Call]:
        """The calls of a method, in the order in which they came."""
        return [call for call in self.calls if call.method == method]

    @property
    def without_fallback(self) -> list[str]:
        """The `ts` of messages with blocks and no `text`, of which notifications have nothing."""
        messages = [each for channel in self.world.channels.values() for each in channel.messages.values()]
        mute = [each for each in (*messages, *self.world.ephemerals) if each.blocks and not each.text.strip()]
        return [each.ts for each in mute if each.stream is None]

    # The server.

    @asynccontextmanager
    async def served(self) -> AsyncIterator[FakeSlack]:
        """Listen on a free port of 127.0.0.1."""
        app = web.Application(client_max_size=1 << 30)
        app.router.add_route("*", "/api/{method}", self._serve)
        app.router.add_get("/link/", self.sockets.accept)
        app.router.add_post("/upload/v1/{key}", self._upload)
        app.router.add_get("/files-pri/{key}/{name}", self._download)
        app.router.add_get("/files-pri/{key}/download/{name}", self._download)
        app.router.add_post("/response/{number}", self._respond)
        runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        self.deliveries.begin()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            host, port = runner.addresses[0][:2]
            self.url = self.payloads.url = f"http://{host}:{port}"
            self.api = f"{self.url}/api/"
            self.sockets.url = f"ws://{host}:{port}/link"
            yield self
        finally:
            await self.deliveries.close()
            self.sockets.drop()
            await runner.cleanup()

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        call = Call(self.world.now(), request.match_info["method"])
        self.calls.append(call)
        self.world.changed()
        try:
            fault = await self._strike(call.method)
            await read_call(request, call)
            call.answer = self._answer(call)
            call.status = 200
        except Dropped:
            return _cut(request)
        except Failed as failed:
            call.status, call.answer = failed.status, {"ok": False, "error": failed.error}
            return web.json_response(call.answer, status=failed.status)
        except Refused as refused:
            return _refuse(call, refused)
        finally:
            self.world.changed()
        lost = fault is not None and fault.after
        return _cut(request) if lost else web.json_response(call.answer, headers=self._scopes(call))

    def _scopes(self, call: Call) -> dict[str, str]:
        """Every answer to a bot token says which scopes it has, and which of them the method takes."""
        if call.by is None:
            return {}
        accepted = ",".join(self._methods[call.method].scopes)
        return {"X-OAuth-Scopes": ",".join(call.by.scopes), "X-Accepted-OAuth-Scopes": accepted}

    async def _strike(self, kind: str) -> Fault | None:
        """What strikes before anything is done."""
        fault = self.faults.strike(kind)
        if fault is None:
            return None
        if fault.hold is not None:
            await fault.hold.wait()
        if fault.before:
            raise Dropped
        if fault.retry_after is not None:
            raise TooMany(fault.retry_after)
        if fault.status != 200:
            raise Failed(fault.status, fault.error)
        if fault.error:
            raise Refused(fault.error)
        return fault

    def _answer(self, call: Call) -> Json:
        method = self._methods.get(call.method)
        if method is None:
            raise Refused("unknown_method")
        self._admit(call, method)
        answer = {"ok": True, **method.action(call)}
        if call.warnings:
            metadata = answer.get("response_metadata", {}) | {"warnings": call.warnings}
            answer |= {"warning": ",".join(call.warnings), "response_metadata": metadata}
        return answer

    def _admit(self, call: Call, method: Method) -> None:
        """The token, then limits, then scopes."""
        owner: tuple[str, ...] = ("",)
        tier = 0
        if method.token == "bot":
            install = call.by = self.apps.with_token(call.token)
            owner = (install.team_id, install.app_id)
            tier = 1 if self.apps.apps[install.app_id].outside_marketplace and call.method in RARE else 0
        elif method.token == "app":
            owner = (self.apps.with_app_token(call.token).id,)
        wait = self.limits.judge(call.method, owner, str(call.args.get("channel", "")), tier=tier)
        if wait:
            raise TooMany(wait)
        if method.scopes and not set(method.scopes) & set(call.install.scopes):
            provided = ",".join(call.install.scopes)
            raise Refused("missing_scope", needed=",".join(method.scopes), provided=provided)

    async def _outside(self, request: web.Request, kind: str) -> web.Response | None:
        """Faults of what is no method; an answer if one strikes."""
        try:
            fault = await self._strike(kind)
        except Dropped:
            return _cut(request)
        except TooMany as refused:
            return web.Response(status=429, headers={"Retry-After": str(int(refused.retry_after))})
        except Refused as refused:
            return web.json_response(refused.body(), status=400)
        except Failed as failed:
            return web.Response(status=failed.status, text=failed.error)
        if fault is not None and fault.after:
            request["lost"] = True
        return None

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        """The second step of an upload: the bytes as they are, or as a form with one file."""
        if (struck := await self._outside(request, "upload")) is not None:
            return struck
        if request.content_type == "multipart/form-data":
            form = await request.post()
            parts = [part for part in form.values() if isinstance(part, web.FileField)]
            content = parts[0].file.read() if parts else b""
        else:
            content = await request.read()
        status = self.files.receive(request.match_info["key"], content)
        if request.get("lost"):
            return _cut(request)
        return web.Response(status=status, text=f"OK - {len(content)}" if status == 200 else "upload failed")

    async def _download(self, request: web.Request) -> web.StreamResponse:
        """A file, or Slack's login page: a 200 with HTML, as for a browser without a session."""
        if (struck := await self._outside(request, "download")) is not None:
            return struck
        key = request.match_info["key"].partition("-")[2]
        file = self.files.fetch(key, request.headers.get("Authorization", ""))
        if file is None:
            return web.Response(text="<!DOCTYPE html><title>Login | Slack</title>", content_type="text/html")
        return web.Response(body=file.content, content_type=file.mimetype)

    async def _respond(self, request: web.Request) -> web.StreamResponse:
        if (struck := await self._outside(request, "response_url")) is not None:
            return struck
        body = await request.json()
        status, error = self.interactions.respond(request.match_info["number"], body)
        self.world.changed()
        if request.get("lost"):
            return _cut(request)
        return (
            web.json_response({"ok": False, "error": error}, status=status) if error else web.Response(text="ok")
        )


def _refuse(call: Call, refused: Refused) -> web.Response:
    """`ok: false` on HTTP 200, but for too many requests."""
    call.answer = refused.body()
    call.status = 429 if isinstance(refused, TooMany) else 200
    headers = {"Retry-After": str(int(refused.retry_after))} if isinstance(refused, TooMany) else None
    return web.json_response(call.answer, status=call.status, headers=headers)


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


@asynccontextmanager
async def running_slack(
    now: Callable[[], float] = time.time, sleep: Sleep = asyncio.sleep
) -> AsyncIterator[FakeSlack]:
    """A Slack that listens while the block runs. With a virtual clock give its `now` and its `sleep`."""
    async with FakeSlack(now, sleep).served() as running:
        yield running
