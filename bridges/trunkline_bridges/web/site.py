"""What all connections share: the core, the streams, who is connected, and the limits they are held to."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, cast

from trunkline.access import rules_of
from trunkline.backend import Accepts, AppProfile
from trunkline.bridge import Core, TurnView
from trunkline.clock import Clock
from trunkline.errors import Denied, TrunklineError
from trunkline.inbound import DeleteConversation, Inbound, Place, TakeOver
from trunkline.messages import Json
from trunkline.words import words

from .frames import Frame, dumps
from .handshake import BAD_TOKEN
from .identity import Signer, Uploads, Visitors, place_of, speaker_of
from .limits import CONVERSATIONS, UPLOAD_DAYS, Open, Rate
from .media import Links, with_addresses
from .metrics import Metrics
from .outbox import Snapshot
from .profile import page_accepts, profile_body
from .snapshot import live_turn, merged_turns, snapshot_frame
from .stream import GONE, Key, Stream
from .streams import Streams

if TYPE_CHECKING:
    from .options import WebOptions
    from .signing_in import Person, SigningIn
    from .voice.calling import Calling


class Connection(Protocol):
    """A connected browser, as the others see it."""

    @property
    def app(self) -> str: ...

    @property
    def visitor(self) -> str: ...

    @property
    def conversation(self) -> int: ...

    def push(self, data: bytes) -> None: ...

    def open_current(self) -> None:
        """The open conversation is gone: show another."""
        ...

    def close(self, code: int, reason: str) -> None: ...


class Site:
    """Shared by all connections; belongs to one event loop."""

    def __init__(
        self,
        options: WebOptions,
        *,
        secret: bytes,
        default_app: str,
        core: Core,
        clock: Clock,
        metrics: Metrics,
        streams: Streams,
        links: Links,
        signing_in: SigningIn,
        calling: Calling,
    ) -> None:
        self.options = options
        self.calling = calling
        self.core = core
        self.clock = clock
        self.metrics = metrics
        self.streams = streams
        self.links = links
        self.default_app = default_app
        self.signing_in = signing_in
        self.visitors = Visitors(secret, options.visitor_days)
        self._people = Signer(secret, "person")
        self._rules = rules_of(options)
        self.uploads = Uploads(secret, UPLOAD_DAYS)
        self.messages = Rate(options.messages_per_minute)
        self.commands = Rate(options.commands_per_minute)
        self.files = Rate(options.uploads_per_minute)
        self.open = Open(options.connections)
        self.open_by_visitor = Open(options.connections_per_visitor)
        self.open_by_address = Open(options.connections_per_address)
        self.closing = False
        self.port = 0
        """That visitors' requests are taken at, once they are."""
        self._connections: dict[str, tuple[Connection, ...]] = {}
        self._changed: set[tuple[str, str]] = set()
        self._change = asyncio.Event()

    @property
    def apps(self) -> Sequence[str]:
        """The apps that a page may choose, the default first."""
        return tuple(dict.fromkeys((self.default_app, *self.options.apps)))

    def place(self, app: str, visitor: str) -> Place:
        """The one place of a visitor, the same for all tabs and devices."""
        return place_of(app, visitor)

    def may_talk(self, app: str, visitor: str) -> bool:
        """What the core asks of every event, for what comes beside them."""
        return self._rules.permits(self.place(app, visitor), speaker_of(visitor))

    def person(self, visitor: str) -> str:
        """What tells a page that somebody who is signed in is the same as before, and nothing else of them."""
        return self._people.sign(visitor)

    def address(self, sha256: str, name: str) -> str:
        return self.links.address(sha256, name, self.clock.now())

    async def profile(self, app: str) -> AppProfile:
        """The app's profile. `Denied` for one that pages may not choose."""
        if app not in self.apps:
            raise Denied(words("app_not_offered", app=repr(app[:80]), apps=", ".join(self.apps)))
        return await self.core.profile(app)

    def accepts(self, profile: AppProfile) -> Accepts:
        """What a page may send to the app."""
        return page_accepts(profile.accepts, hears=self.calling.hears)

    def profile_frame(self, profile: AppProfile, app: str) -> dict[str, Json]:
        return profile_body(replace(profile, accepts=self.accepts(profile)), app, self.address)

    async def snapshot(self, stream: Stream) -> Snapshot:
        """The conversation as it is now. `Denied` when it is not the visitor's."""
        limit = self.options.turns_shown
        place = self.place(stream.key.app, stream.key.visitor)
        profile = await self.core.profile(stream.key.app)
        while True:
            settled = stream.settled
            transcript = await self.core.transcript(place, stream.key.conversation, limit=limit + 1)
            if stream.settled == settled:
                break
        frame = snapshot_frame(stream, transcript, profile, limit, self.clock.now())
        data = dumps(cast("Mapping[str, Json]", with_addresses(frame, self.address)))
        return Snapshot(data, stream.name, stream.seq)

    async def history(self, key: Key, before: int, limit: int) -> tuple[list[Json], bool]:
        """At most `limit` turns older than `before`, oldest first, and whether there are still older ones."""
        place = self.place(key.app, key.visitor)
        profile = await self.core.profile(key.app)
        older: list[TurnView] = []
        while len(older) <= limit:
            page = await self.core.transcript(place, key.conversation, limit=limit + 1, before=before)
            older = [*(view for view in page.turns if view.state not in GONE), *older]
            if len(page.turns) <= limit:
                break
            before = page.turns[0].id
        turns = merged_turns(older[-limit:], {}, profile, newest=False)
        return cast("list[Json]", with_addresses(turns, self.address)), len(older) > limit

    async def restore_newest(self, key: Key) -> None:
        """After a turn was taken back: give the one that is the newest now its controls again."""
        stream = self.streams.get(key)
        if stream is None or stream.running:
            return
        place = self.place(key.app, key.visitor)
        try:
            transcript = await self.core.transcript(place, key.conversation, limit=1)
            profile = await self.core.profile(key.app)
        except TrunklineError:
            # What is shown is right but for its controls; the next snapshot has them.
            return
        if transcript.turns:
            stream.restore(live_turn(transcript.turns[-1], profile, newest=True))

    async def may_see(self, key: Key) -> None:
        """`Denied` when the conversation is not the visitor's."""
        await self.core.transcript(self.place(key.app, key.visitor), key.conversation, limit=1)

    async def take_over(self, app: str, former: str, person: Person, *, but: Connection | None) -> None:
        """What an anonymous visitor said is the person's from now on; their other windows begin anew.

        The caller knows that who signed in is `former`: their token came over the same connection.
        """
        now = self.clock.now()
        event = Inbound(
            event_key=f"web:{person.visitor}:takes-over:{former}:{secrets.token_hex(8)}",
            place=self.place(app, person.visitor),
            speaker=speaker_of(person.visitor, person.name),
            command=TakeOver(speaker_of(former)),
            at=now,
        )
        answer = await self.core.accept(event)
        for conversation in cast("Sequence[int]", answer.detail.get("conversations", ())):
            self.streams.hand_over(conversation, person.visitor)
        for connection in self._connections.get(former, ()):
            if connection is not but:
                connection.close(BAD_TOKEN, words("visitor_signed_in"))

    # Connections

    def enter(self, connection: Connection) -> None:
        self._connections[connection.visitor] = (*self._connections.get(connection.visitor, ()), connection)
        self.metrics.connections.inc()

    def leave(self, connection: Connection) -> None:
        others = tuple(one for one in self._connections.pop(connection.visitor, ()) if one is not connection)
        if others:
            self._connections[connection.visitor] = others
        self.metrics.connections.dec()

    def of_visitor(self, app: str, visitor: str) -> tuple[Connection, ...]:
        return tuple(one for one in self._connections.get(visitor, ()) if one.app == app)

    @property
    def connected(self) -> int:
        return sum(map(len, self._connections.values()))

    def everyone(self) -> Iterator[Connection]:
        return (connection for of_visitor in list(self._connections.values()) for connection in of_visitor)

    def conversation_gone(self, key: Key) -> None:
        """Every window that shows a deleted conversation shows another."""
        self.streams.drop(key)
        self.calling.end(key.visitor, key.conversation)
        for connection in self.of_visitor(key.app, key.visitor):
            if connection.conversation == key.conversation:
                connection.open_current()
        self.list_changed(key.app, key.visitor)

    async def drop_if_empty(self, key: Key, command_id: str) -> None:
        """Take back a conversation that was begun for a call in which nothing was said."""
        place = self.place(key.app, key.visitor)
        event = Inbound(
            event_key=f"web:{key.visitor}:{command_id}.undone",
            place=place,
            speaker=speaker_of(key.visitor),
            command=DeleteConversation(key.conversation),
            at=self.clock.now(),
        )
        # One that cannot be read or removed now stays in the list: it does no harm there.
        with suppress(TrunklineError):
            if not (await self.core.transcript(place, key.conversation, limit=1)).turns:
                await self.core.accept(event)
                self.conversation_gone(key)

    def visitor_gone(self, visitor: str, *, but: Connection) -> None:
        """A visitor was erased: their other windows begin anew."""
        self.streams.forget(visitor)
        self.calling.end(visitor)
        for connection in self._connections.get(visitor, ()):
            if connection is not but:
                connection.close(BAD_TOKEN, words("visitor_forgotten"))

    # Lists of conversations

    async def conversations(
        self,
        app: str,
        visitor: str,
        *,
        query: str = "",
        limit: int = CONVERSATIONS,
        before: tuple[float, int] = (0.0, 0),
    ) -> tuple[list[Json], int]:
        """The visitor's conversations as the protocol's items, newest first, and the current one (0: none)."""
        place = self.place(app, visitor)
        found = await self.core.conversations(place, query=query, limit=limit, before=before)
        running = self.streams.running(app, visitor)
        items: list[Json] = []
        for view in found:
            item: dict[str, Json] = {
                "conversation": view.id,
                "title": view.title,
                "updated_at": view.updated_at,
            }
            items.append({**item, "running": True} if view.id in running else item)
        return items, next((view.id for view in found if view.current), 0)

    async def current(self, app: str, visitor: str) -> int:
        """The visitor's current conversation; 0 when none is."""
        return (await self.core.transcript(self.place(app, visitor), limit=1)).conversation

    def list_changed(self, app: str, visitor: str) -> None:
        """A title, a place in the list, or what runs has changed: tell the visitor's windows soon."""
        if visitor in self._connections:
            self._changed.add((app, visitor))
            self._change.set()

    async def tell_changes(self) -> None:
        """Send lists of conversations that changed, until cancelled."""
        while True:
            await self._change.wait()
            self._change.clear()
            while self._changed:
                app, visitor = self._changed.pop()
                if self.of_visitor(app, visitor):
                    await self._tell(app, visitor)

    async def _tell(self, app: str, visitor: str) -> None:
        try:
            items, _ = await self.conversations(app, visitor)
        except TrunklineError:
            # A list may be lost without harm: the next change brings it.
            return
        frame: Frame = {"type": "conversations", "items": items}
        data = dumps(frame)
        # Who watches now: a window may be somebody else's since the list was asked for.
        for connection in self.of_visitor(app, visitor):
            connection.push(data)


def conversation_of(item: Json) -> int:
    """The number of an item that `Site.conversations` made."""
    assert isinstance(item, Mapping), "items are objects"
    return int(str(item["conversation"]))
