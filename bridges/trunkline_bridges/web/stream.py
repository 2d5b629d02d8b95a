"""The stream of a conversation: numbered frames, kept for a while, and what they add up to.

A stream exists while somebody watches its conversation or a turn runs in it, and a little longer. It holds the
turns that are under way (and the newest ended one, whose controls change when the next turn begins); older turns
are the core's to remember. A snapshot is the core's transcript with the turns held here laid over it.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol, cast

from trunkline.bridge import TurnChange
from trunkline.messages import Json

from . import patches
from .frames import dumps
from .limits import PATCHES, REPLAY_BYTES
from .render import REPLY_KEY, message_body, without_newest_controls

UNDER_WAY = frozenset({"received", "running", "answered"})
GONE = frozenset({"removed", "merged", "superseded", "undone", "cleared"})
_PLAIN = frozenset({"delivered", "failed", "stopped", "undeliverable"})


class Key(NamedTuple):
    """Names a stream: a conversation as one visitor of one app knows it."""

    app: str
    visitor: str
    conversation: int


class Watcher(Protocol):
    def wake(self) -> None:
        """There is something new in the stream, or it was renewed."""
        ...


@dataclass(slots=True)
class PostState:
    role: str
    body: Mapping[str, Json]
    at: float = 0.0
    client_id: str = ""

    def members(self) -> dict[str, Json]:
        members: dict[str, Json] = {"role": self.role, "body": self.body}
        if self.at:
            members["at"] = self.at
        if self.client_id:
            members["client_id"] = self.client_id
        return members


@dataclass(slots=True)
class LiveTurn:
    """A turn under way, or the newest one that has ended, as every watcher sees it."""

    turn: int
    state: str = "received"
    error: str = ""
    rank: int = 0
    started_at: float = 0.0
    replaces: int = 0
    posts: dict[str, PostState] = field(default_factory=dict)

    @property
    def under_way(self) -> bool:
        return self.state in UNDER_WAY

    def members(self) -> dict[str, Json]:
        """What a `turn` frame and a snapshot tell of it, its posts apart."""
        members: dict[str, Json] = {"turn": self.turn, "state": self.state}
        if self.error:
            members["error"] = self.error
        if self.state == "received" and self.rank:
            members["queue"] = {"rank": self.rank}
        if self.started_at and self.under_way:
            members["started_at"] = self.started_at
        return members


class Stream:
    """One conversation's numbered frames. Nothing here waits; watchers fetch at their own pace."""

    __slots__ = (
        "_given",
        "_prepared",
        "_ring",
        "_ring_bytes",
        "active_at",
        "key",
        "name",
        "seq",
        "settled",
        "turns",
        "watchers",
    )

    def __init__(self, key: Key, now: float, prepared: Callable[[Json], Json]) -> None:
        self.key = key
        self.name = ""
        self.seq = 0
        self.settled = 0
        """Counts the changes that a transcript read before them does not hold."""
        self.turns: dict[int, LiveTurn] = {}
        # A tuple, which takes a fifth of a set: nearly always there is one.
        self.watchers: tuple[Watcher, ...] = ()
        self.active_at = now
        self._prepared = prepared
        # A list, which takes a tenth of an empty deque: most conversations are quiet.
        self._ring: list[bytes] = []
        self._ring_bytes = 0
        self._given = False
        self.renew()

    @property
    def running(self) -> bool:
        return any(turn.under_way for turn in self.turns.values())

    @property
    def newest(self) -> int:
        """The newest turn held; 0 when none is."""
        return max(self.turns, default=0)

    def renew(self) -> None:
        """Begin another life: every watcher gets a snapshot."""
        self.name = secrets.token_hex(8)
        self.seq = 0
        self._ring.clear()
        self._ring_bytes = 0
        self.settled += 1
        self._wake()

    def watch(self, watcher: Watcher) -> None:
        if watcher not in self.watchers:
            self.watchers = (*self.watchers, watcher)

    def unwatch(self, watcher: Watcher) -> None:
        self.watchers = tuple(other for other in self.watchers if other is not watcher)

    def given(self) -> None:
        """A snapshot was made: from here on frames may be asked for again."""
        self._given = True

    def after(self, seq: int) -> list[bytes] | None:
        """The frames after `seq`; None when they are no longer kept, or never were."""
        missing = self.seq - seq
        if missing < 0 or missing > len(self._ring):
            return None
        return self._ring[len(self._ring) - missing :]

    def changed(self, change: TurnChange, client_id: str, now: float) -> None:
        """A turn got into another state."""
        self.active_at = now
        if change.state in GONE:
            self.remove(change.turn)
            return
        turn = self.turns.get(change.turn)
        if turn is None and change.state not in UNDER_WAY:
            self._publish({"type": "turn", "turn": change.turn, "state": change.state})
            return
        turn = turn or self._begin(change.turn)
        turn.error = change.error or turn.error
        turn.rank = change.position
        turn.state = _shown_state(turn, change.state)
        if turn.state == "running" and not turn.started_at:
            turn.started_at = now
        if not (turn.state == "answered" and turn.error):
            self._announce(turn, change.replaces)
        if change.user is not None:
            body = cast("Mapping[str, Json]", message_body(change.user))
            self._put_post(turn, f"{turn.turn}.user", PostState("user", body, now, client_id))
        if not turn.under_way:
            self._end(turn)

    def put(self, turn: int, post: str, body: Mapping[str, Json], now: float) -> None:
        """A post of a reply looks like `body` now: created, patched or replaced, whatever is needed."""
        self.active_at = now
        live = self.turns.get(turn)
        if live is None and "state" not in body:
            live = self._begin(turn)
            live.state, live.started_at = "running", now
            self._announce(live, 0)
        if live is None:
            # It ended before anybody looked: whoever has it, has it from a transcript.
            self._publish({"type": "post.replace", "turn": turn, "post": post, "body": body})
            return
        if any(later > turn for later in self.turns):
            body = without_newest_controls(body)
        self._put_post(live, post, PostState("assistant", body))

    def delete(self, turn: int, post: str, now: float) -> None:
        self.active_at = now
        live = self.turns.get(turn)
        if live is not None and live.posts.pop(post, None) is None:
            return
        self._publish({"type": "post.delete", "turn": turn, "post": post})

    def remove(self, turn: int) -> None:
        """The turn is taken out of the view."""
        self.turns.pop(turn, None)
        self.settled += 1
        self._publish({"type": "turn", "turn": turn, "state": "removed"})

    def cleared(self) -> None:
        self.turns.clear()
        self.settled += 1
        self._publish({"type": "cleared"})

    def rated(self, rating: Mapping[str, Json]) -> None:
        self.settled += 1
        self._publish({"type": "rating", **rating})

    def configured(self, values: Mapping[str, Json]) -> None:
        self.settled += 1
        self._publish({"type": "settings", "values": values})

    def adopt(self, turn: LiveTurn) -> None:
        """Hold a turn that the core remembers: what changes next is a change of it."""
        self.turns.setdefault(turn.turn, turn)

    def restore(self, turn: LiveTurn) -> None:
        """An ended turn is the newest again: show it with the controls that it has now."""
        reply = f"{turn.turn}.{REPLY_KEY}"
        held = self.turns.get(turn.turn)
        if held is not None and reply in turn.posts:
            self._put_post(held, reply, turn.posts[reply])
        elif held is None and not self.running:
            self.turns[turn.turn] = turn
            for name, post in turn.posts.items():
                self._publish({"type": "post.replace", "turn": turn.turn, "post": name, "body": post.body})

    def rest(self) -> None:
        """Give back memory: nothing has happened for a while."""
        self._trim(0)

    def _begin(self, number: int) -> LiveTurn:
        self._retire_older(number)
        turn = self.turns[number] = LiveTurn(number)
        return turn

    def _retire_older(self, number: int) -> None:
        """The ended turns held are no longer the newest: their controls go."""
        for older in self.turns.values():
            reply = older.posts.get(f"{older.turn}.{REPLY_KEY}")
            if older.turn < number and reply is not None:
                body = without_newest_controls(reply.body)
                self._put_post(older, f"{older.turn}.{REPLY_KEY}", PostState(reply.role, body, reply.at))

    def _announce(self, turn: LiveTurn, replaces: int) -> None:
        if not replaces or turn.replaces:
            self._publish({"type": "turn", **turn.members()})
            return
        turn.replaces = replaces
        for number in [number for number in self.turns if replaces <= number < turn.turn]:
            del self.turns[number]
        self.settled += 1
        self._publish({"type": "turn", **turn.members(), "replaces": replaces})
        # It takes all later turns out of the view: those that wait behind it are told of again.
        for later in [later for later in self.turns.values() if later.turn > turn.turn]:
            self._publish({"type": "turn", **later.members()})
            for name, post in later.posts.items():
                self._publish({"type": "post.create", "turn": later.turn, "post": name, **post.members()})

    def _put_post(self, turn: LiveTurn, name: str, post: PostState) -> None:
        old = turn.posts.get(name)
        if old is None:
            turn.posts[name] = post
            self._publish({"type": "post.create", "turn": turn.turn, "post": name, **post.members()})
            return
        changes = patches.diff(old.body, post.body)
        if not changes:
            return
        old.body = post.body
        if len(changes) > PATCHES:
            self._publish({"type": "post.replace", "turn": turn.turn, "post": name, "body": post.body})
            return
        # Added text is nearly all there is, and holds no media.
        plain = all(change["op"] == "append" for change in changes)
        self._publish({"type": "post.patch", "turn": turn.turn, "post": name, "patches": changes}, plain=plain)

    def _end(self, turn: LiveTurn) -> None:
        """Keep this one as the newest ended turn, and no other."""
        gone = [t.turn for t in self.turns.values() if not t.under_way and t.turn != self._newest_ended()]
        for number in gone:
            del self.turns[number]
        self.settled += bool(gone)
        if turn.state == "failed" and turn.replaces:
            # What it was to replace stands again.
            turn.replaces = 0
            self.renew()

    def _newest_ended(self) -> int:
        return max((turn.turn for turn in self.turns.values() if not turn.under_way), default=0)

    def _publish(self, frame: Mapping[str, Json], *, plain: bool = False) -> None:
        """Number a frame and hand it out; a `plain` one holds no media."""
        if not self._given:
            return
        self.seq += 1
        head = {"type": frame["type"], "conversation": self.key.conversation, "seq": self.seq}
        whole = {**head, **frame}
        data = dumps(whole if plain else cast("Mapping[str, Json]", self._prepared(whole)))
        self._ring.append(data)
        self._ring_bytes += len(data)
        self._trim(REPLAY_BYTES)
        self._wake()

    def _trim(self, limit: int) -> None:
        dropped = 0
        while self._ring_bytes > limit and dropped < len(self._ring) - 1:
            self._ring_bytes -= len(self._ring[dropped])
            dropped += 1
        del self._ring[:dropped]

    def _wake(self) -> None:
        for watcher in self.watchers:
            watcher.wake()


def _shown_state(turn: LiveTurn, state: str) -> str:
    reply = turn.posts.get(f"{turn.turn}.{REPLY_KEY}")
    if state == "delivered" and reply is not None and reply.body.get("state") == "stopped":
        return "stopped"
    return state if state in UNDER_WAY | _PLAIN else "delivered"
