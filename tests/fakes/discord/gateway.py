"""The gateway: HELLO, IDENTIFY, READY, dispatches, heartbeats, RESUME with replay, and close codes.

reference: Gateway (1,000 identifies a day, 120 sends a minute, 4,096 bytes a send, compulsory sharding,
max_concurrency); Pointing (READY must hold `resume_gateway_url`; plain text frames are accepted).
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from typing import Any

from aiohttp import WSMsgType, web

from fakes.discord.errors import Json
from fakes.discord.limits import Rate, Window
from fakes.discord.lines import Closed, Line, Session, decoded
from fakes.discord.payloads import Payloads
from fakes.discord.world import GUILD_MEMBERS, PRIVILEGED, World

DISPATCH, HEARTBEAT, IDENTIFY, PRESENCE, VOICE_STATE = 0, 1, 2, 3, 4
RESUME, RECONNECT, REQUEST_MEMBERS, INVALID_SESSION, HELLO, ACK = 6, 7, 8, 9, 10, 11

GUILDS = 1 << 0
BEYOND_INTENTS = 1 << 26

MOST_BYTES = 4096


class Gateway:
    """All connections and sessions, with the knobs of what may go wrong on them."""

    def __init__(self, world: World, payloads: Payloads, tokens: Callable[[str], bool]) -> None:
        self.url = ""
        self.sessions: dict[str, Session] = {}
        self.frames: list[tuple[float, Json]] = []
        """(when, frame) of everything that clients sent."""
        self.heartbeat_interval = 41.25
        self.resume_seconds = 180.0
        """How long a cut session can be resumed, by the clock."""
        self.identifies = Window(Rate(1000, 24 * 3600.0))
        self.spacing = Rate(1, 0.0)
        """`max_concurrency` identifies per 5 s and key in Discord; off unless a test sets the seconds."""
        self.sends = Rate(120, 60.0)
        self.shards = 1
        """What GET /gateway/bot recommends."""
        self.guilds_per_shard = 2500
        self.refuses = False
        """Whether connections are refused with 503."""
        self.deaf = False
        """Whether heartbeats go without their ACK."""
        self.on_voice_state: Callable[[Json], None] = _pass_over
        """What opcode 4 does; `fakes.discord.voice` sets it."""
        self.duplicates = 0
        """How many of the next events are sent twice."""
        self._world = world
        self._payloads = payloads
        self._token_is_right = tokens
        self._lines: set[Line] = set()
        self._spacing: dict[int, Window] = {}
        self._held: list[tuple[Session, Json]] | None = None

    # What goes out.

    def dispatch(self, name: str, intent: int, guild_id: int | None, write: Callable[[int], Json]) -> None:
        """Send an event to the sessions whose shard and intents it concerns; `write` is told their intents."""
        for session in self.sessions.values():
            if session.has_guild(guild_id) and (not intent or session.intents & intent):
                self._send(session, name, write(session.intents))
        self._world.changed()

    def _send(self, session: Session, name: str, data: Json) -> None:
        session.seq += 1
        frame = {"op": DISPATCH, "t": name, "s": session.seq, "d": data}
        session.sent.append(frame)
        if self._held is not None:
            self._held.append((session, frame))
            return
        session.write(frame)
        if self.duplicates > 0:
            self.duplicates -= 1
            session.write(frame)

    # Knobs.

    def hold(self) -> None:
        """Keep events back until `release`."""
        self._held = []

    def release(self, *, backwards: bool = False) -> None:
        """Send what was held back, `backwards` in the wrong order."""
        held, self._held = self._held or [], None
        for session, frame in reversed(held) if backwards else held:
            session.write(frame)

    def malformed(self, name: str = "MESSAGE_CREATE", data: Any = None) -> None:
        """Send an event that no client can read."""
        for session in self.sessions.values():
            self._send(session, name, {"id": None} if data is None else data)

    def disconnect(self, code: int | None = None) -> None:
        """Close every connection with a code, or cut it without a word. Sessions can be resumed."""
        for line in list(self._lines):
            line.close(code)

    def reconnect(self) -> None:
        """Ask every client to connect anew and resume (opcode 7)."""
        for line in self._lines:
            line.write({"op": RECONNECT, "d": None})

    def invalidate(self, *, resumable: bool = False) -> None:
        """Tell every client that its session is invalid (opcode 9)."""
        for line in self._lines:
            line.write({"op": INVALID_SESSION, "d": resumable})
        if not resumable:
            self.forget()

    def forget(self) -> None:
        """Forget all sessions: a RESUME of them is answered by opcode 9."""
        for session in self.sessions.values():
            session.attach(None, self._world.now())
        self.sessions.clear()

    async def connected(self, number: int = 1, seconds: float = 10.0) -> None:
        """Returns once so many sessions are connected."""
        await self._world.until(lambda: sum(s.connected for s in self.sessions.values()) >= number, seconds)

    def sent(self, opcode: int) -> list[Json]:
        """The frames of one opcode that clients sent."""
        return [frame for _, frame in self.frames if frame.get("op") == opcode]

    # What comes in.

    async def accept(self, request: web.Request) -> web.StreamResponse:
        """Serve one connection until it ends."""
        if self.refuses:
            return web.Response(status=503)
        socket = web.WebSocketResponse(max_msg_size=0)
        await socket.prepare(request)
        line = Line(socket, request, Window(self.sends))
        self._lines.add(line)
        writing = asyncio.create_task(line.run())
        try:
            _check_version(request)
            line.write({"op": HELLO, "d": {"heartbeat_interval": int(self.heartbeat_interval * 1000)}})
            await self._listen(line)
        except Closed as closed:
            line.close(closed.code, closed.reason)
            await line.over.wait()
        finally:
            self._lines.discard(line)
            if line.session is not None and line.session.line is line:
                line.session.attach(None, self._world.now())
            writing.cancel()
            self._world.changed()
        return socket

    async def _listen(self, line: Line) -> None:
        while True:
            try:
                message = await line.socket.receive(timeout=self.heartbeat_interval * 1.5)
            except TimeoutError as error:
                raise Closed(4009, "Session timed out.") from error
            if message.type is not WSMsgType.TEXT:
                return
            if len(message.data.encode()) > MOST_BYTES:
                raise Closed(4002, "Error while decoding payload.")
            if line.rate.take(self._world.now()):
                raise Closed(4008, "You are being rate limited.")
            self._receive(line, decoded(message.data))

    def _receive(self, line: Line, frame: Json) -> None:
        self.frames.append((self._world.now(), frame))
        actions: dict[Any, Callable[[Line, Any], None]] = {
            HEARTBEAT: self._heartbeat,
            IDENTIFY: self._identify,
            RESUME: self._resume,
            PRESENCE: _ignore,
            VOICE_STATE: self._voice_state,
            REQUEST_MEMBERS: self._members,
        }
        if frame.get("op") not in actions:
            raise Closed(4001, "Unknown opcode.")
        if line.session is None and frame["op"] not in (HEARTBEAT, IDENTIFY, RESUME):
            raise Closed(4003, "Not authenticated.")
        actions[frame["op"]](line, frame.get("d"))
        self._world.changed()

    def _heartbeat(self, line: Line, _: Any) -> None:
        if not self.deaf:
            line.write({"op": ACK})

    def _identify(self, line: Line, data: Json) -> None:
        if line.session is not None:
            raise Closed(4005, "Already authenticated.")
        self._check_token(data)
        shard, count = data.get("shard", (0, 1))
        intents = self._check_intents(data)
        if not 0 <= shard < count:
            raise Closed(4010, "Invalid shard.")
        if len(self._world.guilds) / count > self.guilds_per_shard:
            raise Closed(4011, "Sharding required.")
        if self.identifies.take(self._world.now()):
            raise Closed(4004, "Authentication failed.")
        if self._too_close(shard):
            line.write({"op": INVALID_SESSION, "d": False})
            return
        session = Session(secrets.token_hex(16), shard, count, intents)
        self.sessions[session.id] = session
        session.attach(line, self._world.now())
        self._greet(session)

    def _check_token(self, data: Json) -> None:
        if not self._token_is_right(str(data.get("token", "")).removeprefix("Bot ")):
            raise Closed(4004, "Authentication failed.")

    def _check_intents(self, data: Json) -> int:
        intents = data.get("intents")
        if not isinstance(intents, int) or not 0 <= intents < BEYOND_INTENTS:
            raise Closed(4013, "Invalid intent(s).")
        if intents & PRIVILEGED & ~self._world.allowed_intents:
            raise Closed(4014, "Disallowed intent(s).")
        return intents

    def _too_close(self, shard: int) -> bool:
        if not self.spacing.seconds:
            return False
        key = shard % self.spacing.calls
        window = self._spacing.setdefault(key, Window(Rate(1, self.spacing.seconds)))
        return window.take(self._world.now()) > 0

    def _greet(self, session: Session) -> None:
        world = self._world
        guilds = [each for each in world.guilds.values() if world.bot.id in each.members]
        own = [each for each in guilds if session.has_guild(each.id)]
        ready: Json = {
            "v": 10,
            "user": self._payloads.user(world.bot),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in own],
            "session_id": session.id,
            "resume_gateway_url": self.url,
            "shard": [session.shard, session.shards],
            "application": {"id": str(world.bot.id), "flags": 0},
        }
        self._send(session, "READY", ready)
        if session.intents & GUILDS:
            for guild in own:
                everybody = bool(session.intents & GUILD_MEMBERS)
                self._send(session, "GUILD_CREATE", self._payloads.guild(guild, everybody=everybody))

    def _resume(self, line: Line, data: Json) -> None:
        if line.session is not None:
            raise Closed(4005, "Already authenticated.")
        self._check_token(data)
        session = self.sessions.get(str(data.get("session_id")))
        now = self._world.now()
        if session is None or session.lost(now, self.resume_seconds):
            line.write({"op": INVALID_SESSION, "d": False})
            return
        seen = data.get("seq")
        if not isinstance(seen, int) or seen > session.seq:
            raise Closed(4007, "Invalid seq.")
        session.attach(line, now)
        for frame in [each for each in session.sent if each["s"] > seen]:
            session.write(frame)
        self._send(session, "RESUMED", {})

    def _voice_state(self, _: Line, data: Json) -> None:
        self.on_voice_state(data)

    def _members(self, line: Line, data: Json) -> None:
        session, guild = line.session, self._world.guilds.get(int(data["guild_id"]))
        assert session is not None
        if guild is None:
            return
        wanted = {int(key) for key in data.get("user_ids", [])}
        people = [self._world.users[key] for key in guild.members if not wanted or key in wanted]
        matching = [user for user in people if user.name.startswith(data.get("query", ""))]
        chunk: Json = {
            "guild_id": str(guild.id),
            "members": [self._payloads.member(guild, user) for user in matching],
            "chunk_index": 0,
            "chunk_count": 1,
        }
        self._send(session, "GUILD_MEMBERS_CHUNK", chunk | ({"nonce": data["nonce"]} if "nonce" in data else {}))


def _ignore(_: Line, __: Any) -> None:
    """Presence changes nothing here."""


def _pass_over(_: Json) -> None:
    """Without voice servers a bot that wants to join gets no answer."""


def _check_version(request: web.Request) -> None:
    if request.query.get("v") not in ("9", "10"):
        raise Closed(4012, "Invalid API version.")
