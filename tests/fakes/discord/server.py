"""A Discord of one's own: REST and gateway over TCP, for the unmodified discord.py client.

async with running_discord() as discord:
    ada = discord.person("ada")
    home = discord.guild("Home", ada)
    general = discord.channel(home, "general")
    ...                                   # start the bot with discord.token
    await discord.gateway.connected()
    ada.post(general, "hello")
    await ada.waits_for(general, "Hello, Ada!")
"""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import discord as library
import yarl
from aiohttp import web
from discord.gateway import DiscordWebSocket

from fakes.discord import errors
from fakes.discord.calls import Call, Reply, read_body
from fakes.discord.cdn import Cdn
from fakes.discord.commands import Commands
from fakes.discord.drafts import Drafts
from fakes.discord.errors import Refused, TooMany
from fakes.discord.events import Events
from fakes.discord.faults import Fault, Faults
from fakes.discord.gateway import Gateway
from fakes.discord.interactions import Interactions
from fakes.discord.limits import Limits, Verdict
from fakes.discord.messages import Action, Messages
from fakes.discord.payloads import Payloads
from fakes.discord.people import Person, Society
from fakes.discord.places import Places
from fakes.discord.responses import Responses
from fakes.discord.stages import Stages
from fakes.discord.world import TEXT, Channel, Guild, Message, Overwrite, Role, World

API = "/api/v10"


class Dropped(Exception):
    """The connection of a call is to be cut."""


class FakeDiscord:
    """The whole platform. Its knobs are in its parts: `gateway`, `limits`, `faults`, `interactions`, `drafts`.

    `now` is the clock of everything: windows, nonces, tokens, ages. Ids keep to real time.
    """

    def __init__(self, now: Callable[[], float] = time.time) -> None:
        self.token = "fake-token"
        self.api = ""
        """What `discord.http.Route.BASE` must be."""
        self.cdn_url = ""
        self.calls: list[Call] = []
        """Every REST call, as it came in."""
        self.world = World(now)
        self.cdn = Cdn(self.world)
        self.payloads = Payloads(self.world, self.cdn)
        self.limits = Limits(now)
        self.faults = Faults()
        self.drafts = Drafts(self.world)
        self.gateway = Gateway(self.world, self.payloads, lambda token: token == self.token)
        self.events = Events(self.world, self.payloads, self.gateway)
        self.interactions = Interactions(self.world, self.payloads, self.events, self.drafts)
        self.commands = Commands(self.world)
        self.messages = Messages(self.world, self.events, self.drafts, self.limits)
        self.places = Places(self.world, self.payloads, self.events, self.gateway)
        self.stages = Stages(self.world, self.payloads, self.gateway)
        self._responses = Responses(self.world, self.payloads, self.events, self.drafts, self.interactions)
        self._society = Society(
            self.world, self.payloads, self.events, self.drafts, self.interactions, self.commands
        )

    # The world as a test sets it up; a connected bot hears of it.

    def person(self, name: str, guild: Guild | None = None, *, bot: bool = False) -> Person:
        """A new user, in a guild if one is given."""
        person = Person(self._society, self.world.add_user(name, bot=bot))
        if guild is not None:
            self.join(person, guild)
        return person

    def join(self, person: Person, guild: Guild) -> None:
        guild.members[person.id] = set()
        self.events.member("GUILD_MEMBER_ADD", guild, person.user)

    def guild(self, name: str, owner: Person, *, tier: int = 0, with_bot: bool = True) -> Guild:
        """A new guild; `with_bot=False` is one where the app is at most installed by a user."""
        guild = self.world.add_guild(name, owner.user, tier=tier, with_bot=with_bot)
        if with_bot:
            self.events.guild_joined(guild)
        return guild

    def channel(self, guild: Guild, name: str, *, kind: int = TEXT, parent: Channel | None = None) -> Channel:
        channel = self.world.add_channel(guild, name, kind=kind, parent=parent.id if parent else None)
        self.events.channel("CHANNEL_CREATE", channel)
        return channel

    def role(self, guild: Guild, name: str, *people: Person, permissions: int = 0) -> Role:
        """A new role, given to people."""
        role = Role(self.world.new_id(), name, permissions)
        guild.roles[role.id] = role
        written = {"guild_id": str(guild.id), "role": self.payloads.role(role)}
        self.gateway.dispatch("GUILD_ROLE_CREATE", 1, guild.id, lambda _: written)
        for person in people:
            guild.members[person.id].add(role.id)
            self.events.member("GUILD_MEMBER_UPDATE", guild, person.user)
        return role

    def forbid(self, channel: Channel, permission: int, who: int | None = None) -> None:
        """Deny a permission in a channel to a member or role, by id; to the bot unless told."""
        key = self.world.bot.id if who is None else who
        overwrite = channel.overwrites.setdefault(key, Overwrite(key, key in self.world.users))
        overwrite.deny |= permission
        self.events.channel("CHANNEL_UPDATE", channel)

    def remove(self, channel: Channel) -> None:
        """Somebody deletes a channel or thread, with what was written in it."""
        del self.world.channels[channel.id]
        for message in self.world.history(channel.id):
            del self.world.messages[message.id]
        self.events.channel("THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE", channel)

    def purge(self, channel: Channel, *messages: Message) -> None:
        """Somebody who may deletes messages of a channel at once."""
        for message in messages:
            del self.world.messages[message.id]
        self.events.messages_deleted(channel, list(messages))

    def expel(self, guild: Guild) -> None:
        """The bot is removed from a guild."""
        del guild.members[self.world.bot.id]
        self.events.guild_left(guild)

    def count(self, kind: str) -> int:
        """How many calls were made of a kind: a piece of "METHOD /template", as it stands in the routes."""
        return sum(kind in f"{call.method} {call.template}" for call in self.calls)

    # The server.

    @asynccontextmanager
    async def served(self) -> AsyncIterator[FakeDiscord]:
        """Listen on a free port of 127.0.0.1."""
        app = web.Application(client_max_size=1 << 30)
        app.router.add_get("/gateway", self.gateway.accept)
        app.router.add_get("/gateway/", self.gateway.accept)
        app.router.add_get("/attachments/{channel_id}/{attachment_id}/{filename}", self._file)
        app.router.add_get("/stickers/{filename}", self._sticker)
        parts = (self.messages, self.places, self.commands, self.stages, self._responses)
        for method, template, action in (route for part in parts for route in part.routes()):
            app.router.add_route(method, API + template, self._serving(template, action))
        app.router.add_route("*", API + "/{rest:.*}", self._serving("/{rest}", _nowhere))
        runner = web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            host, port = runner.addresses[0][:2]
            self.api = f"http://{host}:{port}{API}"
            self.cdn_url = self.cdn.url = f"http://{host}:{port}"
            self.gateway.url = f"ws://{host}:{port}/gateway"
            yield self
        finally:
            self.gateway.disconnect()
            await runner.cleanup()

    def _serving(self, template: str, action: Action) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        async def serve(request: web.Request) -> web.StreamResponse:
            path = request.raw_path.partition("?")[0].removeprefix(API)
            call = Call(self.world.now(), request.method, template, path, dict(request.match_info), request.query)
            self.calls.append(call)
            self.world.changed()
            verdict = Verdict({})
            try:
                fault = self.faults.strike(call)
                await self._fail_before(fault)
                await read_body(request, call)
                verdict = self._admit(request, call)
                reply = await action(call)
            except Dropped:
                return _cut(request)
            except Refused as refused:
                return self._refuse(call, refused, verdict)
            finally:
                self.world.changed()
            lost = fault is not None and fault.after
            return _cut(request) if lost else _answer(call, reply, verdict)

        return serve

    async def _fail_before(self, fault: Fault | None) -> None:
        """What strikes before anything is done."""
        if fault is None:
            return
        if fault.hold is not None:
            await fault.hold.wait()
        if fault.before:
            raise Dropped
        if fault.retry_after is not None:
            raise TooMany(fault.retry_after, fault.scope)
        if fault.status is not None:
            raise Refused(fault.status, 0, f"{fault.status}: {_REASONS.get(fault.status, 'Error')}")

    def _admit(self, request: web.Request, call: Call) -> Verdict:
        """Limits, then the token: interaction tokens stand in the path."""
        verdict = self.limits.judge(call.method, call.template, call.params)
        if verdict.banned:
            raise Banned(verdict.wait)
        if verdict.wait:
            raise Limited(verdict)
        by_token = "{token}" in call.template
        if not by_token and request.headers.get("Authorization") != f"Bot {self.token}":
            raise errors.unauthorized()
        return verdict

    def _refuse(self, call: Call, refused: Refused, verdict: Verdict) -> web.Response:
        if isinstance(refused, Banned):
            call.status = 429
            # Cloudflare, not Discord: no Via header, no JSON. reference: Rate limits.
            return web.Response(status=429, text="error code: 1015", headers={"Retry-After": str(refused.wait)})
        scope = refused.scope if isinstance(refused, TooMany) else "user"
        self.limits.count_invalid(refused.status, scope)
        if isinstance(refused, Limited):
            verdict = refused.verdict
        reply = Reply(refused.body(), refused.status)
        response = _answer(call, reply, verdict)
        if isinstance(refused, TooMany):
            response.headers["Retry-After"] = f"{refused.retry_after:.3f}"
            response.headers["X-RateLimit-Scope"] = scope
            if scope == "global":
                response.headers["X-RateLimit-Global"] = "true"
        return response

    async def _file(self, request: web.Request) -> web.Response:
        found = self.cdn.fetch(request.match_info["attachment_id"], request.query)
        if found is None:
            return web.Response(status=404, text="This content is no longer available.")
        return web.Response(body=found.content, content_type=found.content_type)

    async def _sticker(self, request: web.Request) -> web.Response:
        """The picture of a sticker; its name is its id and format."""
        return web.Response(body=b"\x89PNG\r\n\x1a\n" + request.match_info["filename"].encode())


class Limited(TooMany):
    """A bucket, or the global limit, is empty."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.wait, verdict.scope)
        self.verdict = verdict


class Banned(Refused):
    """Too many invalid requests: nothing is answered for `wait` seconds."""

    def __init__(self, wait: float) -> None:
        super().__init__(429, 0, "banned")
        self.wait = wait


_REASONS = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 404: "Not Found"}


async def _nowhere(call: Call) -> Reply:
    raise Refused(404, 0, "404: Not Found")


def _answer(call: Call, reply: Reply, verdict: Verdict) -> web.Response:
    """The library reads JSON only from exactly this type, and takes a 429 without `Via` for Cloudflare's."""
    call.status, call.answer = reply.status, reply.body
    headers = {"Via": "1.1 google", **verdict.headers}
    if reply.body is None:
        return web.Response(status=reply.status, headers=headers)
    body = json.dumps(reply.body).encode()
    return web.Response(status=reply.status, body=body, headers=headers | {"Content-Type": "application/json"})


def _cut(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


@asynccontextmanager
async def running_discord(now: Callable[[], float] = time.time) -> AsyncIterator[FakeDiscord]:
    """A Discord that listens, and to which discord.py is pointed while the block runs.

    Of the library nothing is replaced but its addresses, which a bridge sets from its settings in the same way,
    before it makes a client: `discord.http.Route.BASE` to `api` (REST, webhooks and interactions),
    `DiscordWebSocket.DEFAULT_GATEWAY` to `yarl.URL(gateway.url)`, and `discord.asset.Asset.BASE` to `cdn_url`.
    """
    route, gateway, asset = library.http.Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY, library.asset.Asset.BASE
    async with FakeDiscord(now).served() as running:
        library.http.Route.BASE = running.api
        DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(running.gateway.url)
        library.asset.Asset.BASE = running.cdn_url
        try:
            yield running
        finally:
            library.http.Route.BASE = route
            DiscordWebSocket.DEFAULT_GATEWAY = gateway
            library.asset.Asset.BASE = asset
