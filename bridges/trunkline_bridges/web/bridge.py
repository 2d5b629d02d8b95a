"""The web bridge: brings the core's turns to the browsers that watch, and runs the server they connect to."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal, cast

from aiohttp import web
from prometheus_client import CollectorRegistry

from trunkline.bridge import Archive, Budget, Capabilities, Core, Post, Shown, Target, TurnChange
from trunkline.calls import Calls, NoSpeech, Speech, aloud
from trunkline.clock import Clock, SystemClock
from trunkline.errors import PlatformError, UsageError
from trunkline.messages import Json
from trunkline.telemetry import log
from trunkline.words import words

from .admin import Admin
from .handshake import RESTARTS
from .limits import BUDGET, CAPABILITIES, SHUTDOWN_SECONDS, SWEEP_SECONDS
from .media import Links, with_addresses
from .metrics import Metrics
from .options import WebOptions
from .page import base_path
from .previews import Installed
from .server import Handler, Mounts, Server
from .signing_in import SigningIn
from .site import Site
from .static import Assets
from .stream import UNDER_WAY, Key, Stream
from .streams import Streams
from .voice.calling import Calling

_SCOPE: Final = "web"


class WebBridge:
    """A `Bridge` to browsers. `target` is `{"app", "visitor", "client_id"}`, in a call with its name as `"call"`.

    `secret` signs visitors' tokens, references to uploads and links to media: it must outlive the process and be
    the same in all that share a store. `registry` is what `/metrics` on the admin address shows, `archive` and the
    bridges `installed` what `/preview` does. Visitors' calls go to `calls`; `speech` tells what they can be.
    """

    def __init__(
        self,
        options: WebOptions,
        *,
        secret: bytes,
        default_app: str,
        clock: Clock | None = None,
        registry: CollectorRegistry | None = None,
        archive: Archive | None = None,
        installed: Installed = (),
        calls: Calls | None = None,
        speech: Speech | None = None,
    ) -> None:
        self._options = options
        self._secret = secret
        self._default_app = options.app or default_app
        self._clock = clock or SystemClock()
        self._registry = registry or CollectorRegistry()
        self._metrics = Metrics(self._registry)
        self._archive = archive
        self._installed = installed
        self._calling = Calling(calls or Calls(), speech or NoSpeech(), options, self._clock)
        self._signing_in = SigningIn(options)
        self._links = Links(secret, options.link_days, base_path(options.public_url, options.path_prefix))
        self._streams = Streams(self._with_addresses)
        self._mounts = Mounts()
        self._assets = Assets()
        self._site: Site | None = None
        self._listening: asyncio.Event = asyncio.Event()
        self._ports = (0, 0)

    @property
    def name(self) -> str:
        return "web"

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    @property
    def options(self) -> WebOptions:
        return self._options

    @property
    def port(self) -> int:
        """The port listened on, once `listening` has returned."""
        return self._ports[0]

    @property
    def admin_port(self) -> int:
        return self._ports[1]

    async def listening(self) -> None:
        """Returns when requests are taken."""
        await self._listening.wait()

    def mount(self, path: str, handler: Handler) -> Callable[[], None]:
        """Let another bridge answer requests to `path` (below the path prefix) on the public address.

        The result takes it away again. `ValueError` when the path is taken.
        """
        return self._mounts.add(path, handler)

    def sweep(self) -> None:
        """Give back the memory of conversations that nobody watches."""
        self._streams.sweep(self._clock.now())

    @property
    def streams_held(self) -> int:
        """Conversations in memory."""
        return len(self._streams)

    def connections_open(self) -> int:
        """Browsers connected."""
        return self._site.connected if self._site is not None else 0

    # Receiving

    async def run(self, core: Core) -> None:
        """Serve until cancelled. `UsageError` when an address cannot be listened on."""
        site = self._site = Site(
            self._options,
            secret=self._secret,
            default_app=self._default_app,
            core=core,
            clock=self._clock,
            metrics=self._metrics,
            streams=self._streams,
            links=self._links,
            signing_in=self._signing_in,
            calling=self._calling,
        )
        public = _runner(Server(site, self._assets, self._mounts).app())
        own = Server(site, self._assets, Mounts())
        admin = _runner(Admin(site, own, self._assets, self._registry, self._archive, self._installed).app())
        try:
            options = self._options
            self._ports = (
                await _listen(public, options.host, options.port, "web.port"),
                await _listen(admin, options.admin_host, options.admin_port, "web.admin_port"),
            )
            site.port = self.port
            self._listening.set()
            log.info("listening", bridge=self.name, host=options.host, port=self._ports[0])
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(site.tell_changes())
                tasks.create_task(self._calling.run())
                tasks.create_task(self._sweep_on())
        finally:
            await _stop(site, public, admin)
            self._listening.clear()
            self._site = None

    async def _sweep_on(self) -> None:
        while True:
            await self._clock.sleep(SWEEP_SECONDS)
            self.sweep()

    # Delivering

    def companions(self, target: Target) -> Sequence[tuple[str, Target]]:
        """What is asked in a call is answered aloud too."""
        return (("voice", aloud(target)),) if target.get("call") else ()

    def budget(self, operation: Literal["create", "edit", "delete"], target: Target) -> tuple[str, Budget]:
        return _SCOPE, BUDGET

    async def create(self, target: Target, post: Post, nonce: str, after: Sequence[Shown]) -> str:
        """The id is `<conversation>/<turn>.<key>`: the same create gives the same post."""
        turn = int(str(post.body["turn"]))
        self._put(target, turn, post)
        return f"{post.body['conversation']}/{turn}.{post.key}"

    async def edit(self, target: Target, shown: Shown, post: Post) -> None:
        self._put(target, int(str(post.body["turn"])), post)

    async def append(self, target: Target, shown: Shown, post: Post) -> None:
        await self.edit(target, shown, post)

    async def delete(self, target: Target, shown: Shown) -> None:
        conversation, _, post = shown.id.partition("/")
        turn = post.partition(".")[0]
        if not (conversation.isdigit() and turn.isdigit()):
            raise PlatformError(f"{shown.id!r} is no post of the web bridge.")
        stream = self._streams.of_conversation(int(conversation))
        if stream is not None:
            stream.delete(int(turn), post, self._clock.now())

    async def find(self, target: Target, nonce: str, after: Sequence[Shown]) -> str | None:
        """Nothing has to be looked up: a create may be repeated."""
        return None

    async def turn_changed(self, target: Target, change: TurnChange) -> None:
        key = _key(target, change.conversation)
        stream = self._stream(key, begins=change.state in UNDER_WAY)
        if stream is None:
            return
        ran = stream.running
        removed_newest = change.state not in UNDER_WAY and stream.newest == change.turn
        stream.changed(change, str(target.get("client_id", "")), self._clock.now())
        if self._site is None:
            return
        if stream.running != ran:
            self._site.list_changed(stream.key.app, stream.key.visitor)
        if removed_newest and change.turn not in stream.turns:
            await self._site.restore_newest(stream.key)

    def _put(self, target: Target, turn: int, post: Post) -> None:
        body = cast("Mapping[str, Json]", post.body["body"])
        key = _key(target, int(str(post.body["conversation"])))
        stream = self._stream(key, begins="state" not in body)
        if stream is not None:
            stream.put(turn, f"{turn}.{post.key}", body, self._clock.now())

    def _stream(self, key: Key, *, begins: bool) -> Stream | None:
        """The conversation's stream. What has ended already needs none: transcripts tell of it.

        `key` names the visitor of then, who may have signed in since: the stream that is there is the right one.
        """
        stream = self._streams.of_conversation(key.conversation)
        if stream is not None or not begins:
            return stream
        return self._streams.obtain(key, self._clock.now())

    def _with_addresses(self, value: Json) -> Json:
        now = self._clock.now()
        return with_addresses(value, lambda sha256, name: self._links.address(sha256, name, now))


def _runner(app: web.Application) -> web.AppRunner:
    return web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=SHUTDOWN_SECONDS)


def _key(target: Target, conversation: int) -> Key:
    return Key(str(target["app"]), str(target["visitor"]), conversation)


async def _listen(runner: web.AppRunner, host: str, port: int, setting: str) -> int:
    """Take requests; returns the port."""
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        why = "it is in use" if error.errno == errno.EADDRINUSE else str(error.strerror or error)
        raise UsageError(f"Cannot listen on {host}:{port}: {why}. Choose another {setting}.") from error
    return int(runner.addresses[0][1])


async def _stop(site: Site, public: web.AppRunner, admin: web.AppRunner) -> None:
    """Take no more requests, tell the browsers to come back soon, then end."""
    site.closing = True
    for listener in list(public.sites):
        await listener.stop()
    for connection in site.everyone():
        connection.close(RESTARTS, words("server_restarts"))
    await public.cleanup()
    await admin.cleanup()
