"""One connection: from the first frame to the close code."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from aiohttp import WSMessage, WSMsgType, web

from trunkline.errors import AppError, AppUnreachable, Denied, TrunklineError, UsageError
from trunkline.messages import Json
from trunkline.mime import media_kind
from trunkline.words import words

from .commands import Commands
from .frames import dumps
from .handshake import TOO_MANY, TRY_AGAIN, Arrival, Ended, command_id_of, error_frame, shake_hands
from .identity import Upload, is_signed_in
from .limits import UNANSWERED_PINGS
from .media import mime_of
from .outbox import Outbox, Snapshot
from .parse import BadFrame, parse, read_frame
from .requests import Hello, Ping, Pong, Resume
from .showing import resume, show, show_another
from .site import Site
from .stream import Key, Stream
from .voice.frames import VERSION
from .welcome import welcome_frame

if TYPE_CHECKING:
    from .signing_in import Person
    from .voice.transport import WebVoice

LAST_WORDS_SECONDS: Final = 1.0


class Session:
    """A browser's connection. `visitor`, `app` and `conversation` hold from `hello` on."""

    __slots__ = (
        "_address",
        "_arrival",
        "_closing",
        "_commands",
        "_lapsed",
        "_reading",
        "_socket",
        "_tasks",
        "_unanswered",
        "app",
        "call",
        "context",
        "conversation",
        "draft_title",
        "draft_values",
        "former",
        "outbox",
        "person",
        "site",
        "visitor",
    )

    def __init__(self, site: Site, socket: web.WebSocketResponse, address: str) -> None:
        self.site = site
        self.visitor = ""
        self.person: Person | None = None
        """Who the visitor is, if a website has signed them in."""
        self.former = ""
        """The anonymous visitor that they were before."""
        self.app = ""
        self.conversation = 0
        self.call: WebVoice | None = None
        """The visitor's call, while it goes over this connection."""
        self.context: dict[str, Json] = {}
        self.draft_title = ""
        self.draft_values: dict[str, Json] = {}
        self.outbox = Outbox(self._send, self._snapshot)
        self._socket = socket
        self._address = address
        self._commands = Commands(self)
        self._lapsed = ""
        """Who was signed in before this anonymous visitor, and did not sign out: what is said here is theirs."""
        self._unanswered = 0
        self._arrival: Arrival | None = None
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

    def become(self, visitor: str, person: Person | None = None) -> None:
        """Go on as another visitor; what the one before saw is sent no further."""
        self.outbox.unfollow()
        if self.call is not None:
            self.site.calling.end(self.visitor)
        self.site.leave(self)
        self.site.open_by_visitor.leave(self.visitor)
        self.visitor, self.person, self.former, self._lapsed = visitor, person, "", ""
        if not self.site.open_by_visitor.enter(visitor):
            self.site.open_by_visitor.add(visitor)
            self.close(TOO_MANY, words("too_many_windows"))
        self.site.enter(self)

    def become_new(self) -> None:
        """Go on as a new anonymous visitor, with nothing of the old one's but what the page has set."""
        self.become(self.site.visitors.mint())
        self._leave_chat()

    async def sign_in(self, person: Person) -> None:
        """Go on as a person, who brings what an anonymous visitor said here, and nothing of anybody else."""
        others = is_signed_in(self.visitor) or self._lapsed not in {"", person.visitor}
        former = "" if others else self.visitor
        if former:
            await self.site.take_over(self.app, former, person, but=self)
        self.become(person.visitor, person)
        self.former = former
        if not former:
            self._leave_chat()

    async def sign_out(self, *, lapsed: bool = False) -> None:
        """Go on as a new anonymous visitor; `lapsed` means that the person did not ask for it."""
        before = self.visitor
        self.become_new()
        self._lapsed = before if lapsed else ""
        await self.show_anew()

    def _leave_chat(self) -> None:
        self.conversation, self.draft_title, self.draft_values = 0, "", {}

    def open_current(self) -> None:
        self.conversation = 0
        if self._tasks is not None:
            self._tasks.create_task(show_another(self))

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

    async def _arrive(self) -> bool:
        """Take in who is there; False when they are refused. Only `_arrival` holds on to what they brought."""
        try:
            arrival = self._arrival = await shake_hands(self.site, self._socket)
        except Ended as ended:
            await self._refuse(ended)
            return False
        self.visitor, self.person, self.former = arrival.visitor, arrival.person, arrival.former
        if not self.site.open_by_visitor.enter(self.visitor):
            await self._refuse(Ended(TOO_MANY, words("too_many_windows"), "rate"))
            return False
        self.app = arrival.hello.app or self.site.default_app
        self.context = {name: value for name, value in arrival.hello.context.items() if value is not None}
        return True

    async def _serve(self) -> None:
        if not await self._arrive():
            return
        self.site.enter(self)
        try:
            await self._talk()
        finally:
            self.site.calling.leave(self)
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
        arrival, self._arrival = self._arrival, None
        assert arrival is not None, "a conversation begins once"
        hello = arrival.hello
        try:
            current = await self.welcome()
        except (AppError, AppUnreachable, UsageError) as error:
            self.error("unavailable", error.user_message, retry_after=5.0)
            raise Ended(TRY_AGAIN, words("app_not_reached")) from error
        if arrival.complaint:
            self.error("identity", arrival.complaint)
        if hello.resume is not None and hello.conversation in {None, hello.resume.conversation}:
            await resume(self, hello.resume)
        else:
            await show(self, current if hello.conversation is None else hello.conversation, or_current=True)

    async def welcome(self) -> int:
        """Send `welcome`; returns the visitor's current conversation."""
        frame, current = await welcome_frame(self.site, self.app, self.visitor, self.person)
        self.outbox.put(frame)
        return current

    async def show_anew(self) -> None:
        """Somebody else is at this window: `welcome`, and what is theirs.

        A window that cannot be told who it belongs to now is closed, to begin anew.
        """
        try:
            current = await self.welcome()
            await show(self, self.conversation or current, or_current=True)
        except TrunklineError:
            self.close(TRY_AGAIN, words("conversation_not_shown"))

    async def _snapshot(self, stream: Stream) -> Snapshot:
        if stream.key.visitor != self.visitor:
            # It changed hands, in another process perhaps.
            raise Denied(words("conversation_gone"))
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
            elif message.type is WSMsgType.BINARY:
                self.site.calling.hear(self, message.data)
            else:
                # Closed by the other side, or broken.
                return

    async def _next(self) -> WSMessage:
        """The next frame. Silence is answered by a ping; two pings without an answer end the connection."""
        while True:
            try:
                message = await self._socket.receive(timeout=self.site.options.ping_seconds)
            except TimeoutError:
                await self._check_sign_in()
                if self._unanswered >= UNANSWERED_PINGS:
                    raise Ended(TRY_AGAIN, "No answer came to two pings.") from None
                self._unanswered += 1
                self.outbox.put({"type": "ping", "t": self.site.clock.now()})
                continue
            self._unanswered = 0
            await self._check_sign_in()
            return message

    async def _check_sign_in(self) -> None:
        """Once a sign-in has expired nothing of the person's is shown here until the page signs them in anew."""
        if self.person is not None and self.site.clock.now() >= self.person.expires:
            self.error("identity", words("sign_in_expired"))
            await self.sign_out(lapsed=True)

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
                await resume(self, position)
            case Hello():
                self.error("bad_frame", "Hello was said already.")
            case _:
                await self._commands.take(request)

    def attach(self, source: Mapping[str, Json]) -> Upload:
        """The file a source names; `Denied` when it is not this visitor's, or gone."""
        now = self.site.clock.now()
        reference, address = source.get("upload"), source.get("url")
        if isinstance(reference, str):
            try:
                return self.site.uploads.upload(self.visitor, reference, now)
            except Denied:
                if not self.former:
                    raise
                return self.site.uploads.upload(self.former, reference, now)
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
        sound = data[0] == VERSION
        await self._socket.send_frame(data, WSMsgType.BINARY if sound else WSMsgType.TEXT)

    async def _close(self, code: int, reason: str) -> None:
        await self._socket.close(code=code, message=reason.encode()[:120])
