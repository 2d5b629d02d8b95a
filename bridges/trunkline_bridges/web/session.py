"""One connection: from the first frame to the close code."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from aiohttp import WSMessage, WSMsgType, web

from trunkline import __version__
from trunkline.errors import AppError, AppUnreachable, Denied, TrunklineError, UsageError
from trunkline.messages import Json
from trunkline.words import words

from .commands import Commands
from .frames import dumps
from .handshake import TOO_MANY, TRY_AGAIN, Ended, command_id_of, error_frame, shake_hands
from .identity import Upload
from .limits import CONVERSATIONS, UNANSWERED_PINGS
from .media import mime_of
from .outbox import Outbox, Snapshot
from .parse import PROTOCOL, BadFrame, Hello, Ping, Pong, Position, Resume, media_kind, parse, read_frame
from .site import Site, conversation_of
from .streams import Key, Stream

LAST_WORDS_SECONDS: Final = 1.0
NEW_CHAT: Final = "new"
"""The stream of conversation 0, in which nothing ever happens."""


class Session:
    """A browser's connection. `visitor`, `app` and `conversation` hold from `hello` on."""

    __slots__ = (
        "_address",
        "_closing",
        "_commands",
        "_hello",
        "_reading",
        "_socket",
        "_tasks",
        "_unanswered",
        "app",
        "context",
        "conversation",
        "draft_title",
        "draft_values",
        "outbox",
        "site",
        "visitor",
    )

    def __init__(self, site: Site, socket: web.WebSocketResponse, address: str) -> None:
        self.site = site
        self.visitor = ""
        self.app = ""
        self.conversation = 0
        self.context: dict[str, Json] = {}
        self.draft_title = ""
        self.draft_values: dict[str, Json] = {}
        self.outbox = Outbox(self._send, self._snapshot)
        self._socket = socket
        self._address = address
        self._commands = Commands(self)
        self._unanswered = 0
        self._hello: Hello | None = None
        """Kept until it is answered."""
        self._closing: tuple[int, str] | None = None
        self._tasks: asyncio.TaskGroup | None = None
        """While it takes tasks."""
        self._reading: asyncio.Timeout | None = None

    @property
    def key(self) -> Key:
        return self.key_of(self.conversation)

    def key_of(self, conversation: int) -> Key:
        return Key(self.app, self.visitor, conversation)

    def push(self, data: bytes) -> None:
        self.outbox.push(data)

    def close(self, code: int, reason: str) -> None:
        """End the connection from outside: the client sends again what was not acknowledged."""
        self._closing = self._closing or (code, reason)
        if self._reading is not None:
            self._reading.reschedule(asyncio.get_running_loop().time())
            self._reading = None

    def become(self, visitor: str) -> None:
        """Go on as another visitor, with nothing of the old one's."""
        self.site.leave(self)
        self.site.open_by_visitor.leave(self.visitor)
        self.visitor, self.context, self.draft_title, self.draft_values = visitor, {}, "", {}
        self.site.open_by_visitor.enter(visitor)
        self.site.enter(self)

    def open_current(self) -> None:
        self.conversation = 0
        if self._tasks is not None:
            self._tasks.create_task(self._show_another())

    async def run(self) -> None:
        """Serve the connection until either side ends it."""
        if not self.site.open.enter(""):
            await self._refuse(Ended(TOO_MANY, words("server_full"), "rate"))
            return
        try:
            if not self.site.open_by_address.enter(self._address):
                await self._refuse(Ended(TOO_MANY, words("network_full"), "rate"))
                return
            try:
                await self._serve()
            finally:
                self.site.open_by_address.leave(self._address)
        finally:
            self.site.open.leave("")

    async def _serve(self) -> None:
        try:
            self._hello, self.visitor = await shake_hands(self.site, self._socket)
        except Ended as ended:
            await self._refuse(ended)
            return
        if not self.site.open_by_visitor.enter(self.visitor):
            await self._refuse(Ended(TOO_MANY, words("too_many_windows"), "rate"))
            return
        self.app = self._hello.app or self.site.default_app
        self.context = {name: value for name, value in self._hello.context.items() if value is not None}
        self.site.enter(self)
        try:
            await self._talk()
        finally:
            self.outbox.close()
            self.site.leave(self)
            self.site.open_by_visitor.leave(self.visitor)

    async def _talk(self) -> None:
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                writer = tasks.create_task(self._write())
                try:
                    await self._read_to_the_end()
                    with suppress(TimeoutError):
                        async with asyncio.timeout(LAST_WORDS_SECONDS):
                            await self.outbox.room(0)
                finally:
                    self._tasks = None
                writer.cancel()
        except* ConnectionError:
            # The browser is gone: it comes back and resumes.
            pass
        except* TrunklineError:
            # A snapshot is owed that cannot be made now.
            self._closing = self._closing or (TRY_AGAIN, words("conversation_not_shown"))
        await self._close(*(self._closing or (1000, "")))

    async def _write(self) -> None:
        try:
            await self.outbox.run()
        finally:
            self._tasks = None

    # The beginning

    async def _begin(self) -> None:
        """Answer `hello`: `welcome`, then the open conversation."""
        hello, self._hello = self._hello, None
        assert hello is not None, "a conversation begins once"
        try:
            current = await self.welcome()
        except (AppError, AppUnreachable, UsageError) as error:
            self.error("unavailable", error.user_message, retry_after=5.0)
            raise Ended(TRY_AGAIN, words("app_not_reached")) from error
        if hello.identity_token:
            self.error("identity", words("no_sign_in"))
        if hello.resume is not None and hello.conversation in {None, hello.resume.conversation}:
            await self.resume(hello.resume)
        else:
            await self.show(current if hello.conversation is None else hello.conversation, or_current=True)

    async def welcome(self) -> int:
        """Send `welcome`; returns the visitor's current conversation."""
        site, options = self.site, self.site.options
        profile = await site.profile(self.app)
        items, current = await site.conversations(self.app, self.visitor)
        if not current and len(items) >= CONVERSATIONS:
            current = await site.current(self.app, self.visitor)
        now = site.clock.now()
        frame: dict[str, Json] = {
            "type": "welcome",
            "protocol": PROTOCOL,
            "visitor_token": site.visitors.token(self.visitor, now),
            "app": site.profile_frame(profile, self.app),
            "apps": [{"name": name} for name in site.apps],
            "conversation": current,
            "conversations": items,
            "voice": {"input": False, "output": False},
            "limits": {
                "frame_bytes": options.frame_bytes,
                "file_bytes": options.file_bytes,
                "files": options.files,
                "ping_seconds": options.ping_seconds,
            },
            "now": now,
            "server": __version__,
        }
        if options.theme:
            frame["theme"] = dict(options.theme)
        if options.strings:
            frame["strings"] = dict(options.strings)
        self.outbox.put(frame)
        return current

    # What is shown

    async def show(self, conversation: int, *, or_current: bool = False) -> None:
        """Open a conversation here. `Denied` when it is not the visitor's; with `or_current` the current then."""
        if conversation == 0:
            self._show_new()
            return
        stream = self.site.streams.obtain(self.key_of(conversation), self.site.clock.now())
        try:
            snapshot = await self.site.snapshot(stream)
        except Denied as error:
            if not or_current:
                raise
            self.error("not_found", error.user_message)
            await self.show_current()
            return
        self.conversation = conversation
        self.outbox.follow(snapshot.data, stream, snapshot.name, snapshot.seq)

    async def show_current(self) -> None:
        await self.show(await self.site.current(self.app, self.visitor))

    async def _show_another(self) -> None:
        """The newest conversation there is."""
        try:
            items, _ = await self.site.conversations(self.app, self.visitor, limit=1)
            await self.show(conversation_of(items[0]) if items else 0)
        except TrunklineError:
            self.close(TRY_AGAIN, words("conversation_not_shown"))

    def _show_new(self) -> None:
        self.conversation = 0
        frame: Mapping[str, Json] = {
            "type": "snapshot",
            "conversation": 0,
            "stream": NEW_CHAT,
            "seq": 0,
            "turns": [],
            "settings": dict(self.draft_values),
        }
        self.outbox.follow(dumps(frame), None, NEW_CHAT, 0)

    async def resume(self, position: Position) -> None:
        """Go on where the client stands, or show the conversation anew."""
        stream = self.site.streams.get(self.key_of(position.conversation))
        frames = None
        if stream is not None and stream.name == position.stream and position.after > 0:
            frames = stream.after(position.after)
        if stream is None or frames is None:
            await self.show(position.conversation, or_current=True)
            return
        self.conversation = position.conversation
        resumed: dict[str, Json] = {
            "type": "resumed",
            "conversation": position.conversation,
            "stream": stream.name,
            "after": position.after,
            "seq": stream.seq,
        }
        self.outbox.follow(dumps(resumed), stream, stream.name, position.after)

    async def _snapshot(self, stream: Stream) -> Snapshot:
        return await self.site.snapshot(stream)

    # Frames in

    async def _read_to_the_end(self) -> None:
        """Until the browser leaves, is to be refused, or `close` ends it: by a timeout, which needs no task."""
        try:
            async with asyncio.timeout(None) as self._reading:
                await self._read()
        except Ended as ended:
            self._closing = self._closing or (ended.code, ended.reason)
        except TimeoutError:
            if self._closing is None:
                raise
        finally:
            self._reading = None

    async def _read(self) -> None:
        await self._begin()
        while True:
            await self.outbox.room()
            message = await self._next()
            if message.type is WSMsgType.TEXT:
                self.site.metrics.frames_in.inc()
                await self._take(message.data)
            elif message.type is not WSMsgType.BINARY:
                # Closed by the other side, or broken. Sound without a call is dropped.
                return

    async def _next(self) -> WSMessage:
        """The next frame. Silence is answered by a ping; two pings without an answer end the connection."""
        while True:
            try:
                message = await self._socket.receive(timeout=self.site.options.ping_seconds)
            except TimeoutError:
                if self._unanswered >= UNANSWERED_PINGS:
                    raise Ended(TRY_AGAIN, "No answer came to two pings.") from None
                self._unanswered += 1
                self.outbox.put({"type": "ping", "t": self.site.clock.now()})
                continue
            self._unanswered = 0
            return message

    async def _take(self, text: str) -> None:
        try:
            frame = read_frame(text)
            most = self.site.options.frame_bytes
            if len(text) > most:
                sentence = words("message_too_large", limit=most)
                self.error("too_large", sentence, command_id_of(frame))
                return
            wait = self.site.commands.wait(self.visitor, self.site.clock.now())
            if wait:
                self.error("rate", words("asking_too_fast"), command_id_of(frame), wait)
                return
            request = parse(frame, self.attach)
        except BadFrame as error:
            self.error(error.code, error.message, error.command_id)
            return
        except Denied as error:
            self.error("not_found", error.user_message, command_id_of(frame))
            return
        match request:
            case Ping(t):
                self.outbox.put({"type": "pong", "t": t})
            case Pong():
                pass
            case Resume(position):
                await self.resume(position)
            case Hello():
                self.error("bad_frame", "Hello was said already.")
            case _:
                await self._commands.take(request)

    def attach(self, source: Mapping[str, Json]) -> Upload:
        """The file a source names; `Denied` when it is not this visitor's, or gone."""
        now = self.site.clock.now()
        reference, address = source.get("upload"), source.get("url")
        if isinstance(reference, str):
            return self.site.uploads.upload(self.visitor, reference, now)
        sha256, name = self.site.links.read(str(address), now)
        try:
            size = self.site.core.media.path(sha256).stat().st_size
        except (OSError, ValueError) as error:
            raise Denied(words("attachment_gone", name=name)) from error
        mime = mime_of(name)
        return Upload(sha256, size, name, mime, media_kind(mime))

    # Frames out

    def error(self, code: str, message: str, command_id: str = "", retry_after: float | None = None) -> None:
        """Tell the visitor what was not done, and why."""
        self.site.metrics.refused.labels(code).inc()
        self.outbox.put(error_frame(code, message, command_id, retry_after))

    async def _refuse(self, ended: Ended) -> None:
        """End a connection that never began."""
        if ended.error:
            self.site.metrics.refused.labels(ended.error).inc()
            with suppress(ConnectionError):
                await self._send(dumps(error_frame(ended.error, ended.reason)))
        await self._close(ended.code, ended.reason)

    async def _send(self, data: bytes) -> None:
        self.site.metrics.frames_out.inc()
        await self._socket.send_frame(data, WSMsgType.TEXT)

    async def _close(self, code: int, reason: str) -> None:
        await self._socket.close(code=code, message=reason.encode()[:120])
