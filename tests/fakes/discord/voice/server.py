"""Voice channels of the fake Discord: a voice gateway with TLS, UDP and real end-to-end encryption.

async with running_discord() as discord, running_voice(discord) as voice:
    ada = discord.person("ada")
    home = discord.guild("Home", ada)
    lounge = discord.channel(home, "Lounge", kind=VOICE)
    ...                                   # start the bot, which joins by opcode 4 of the main gateway
    caller = voice.join(ada, lounge)
    await voice.connected()
    await caller.ready()                  # everybody is in the encrypted group
    await caller.say(pcm)                 # real time; pace=0 is at once
    await voice.heard(lounge).frames(10)  # Opus frames of the bot, decrypted

Time is real here: the library sends from threads of its own. Not played: video, Go Live, group calls, revoked
proposals, more than one bot, bitrate limits.
reference: Receiving Discord voice.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from aiohttp import web

from fakes.discord.errors import Json
from fakes.discord.lines import Closed
from fakes.discord.people import Impossible, Person
from fakes.discord.server import FakeDiscord
from fakes.discord.voice.callers import Caller
from fakes.discord.voice.certificates import server_context, trusted
from fakes.discord.voice.gateway import DISCONNECTED, TERMINATED, VoiceGateway
from fakes.discord.voice.heard import Heard
from fakes.discord.voice.network import Network
from fakes.discord.voice.rooms import Room
from fakes.discord.voice.rtp import MODE, Unreadable
from fakes.discord.voice.sessions import Session
from fakes.discord.voice.states import VoiceStates
from fakes.discord.voice.udp import Address, Udp, discovered, discovery
from fakes.discord.world import STAGE, VOICE, Channel, Guild, Permission, User

SERVERS = 2

Result = TypeVar("Result")


@dataclass(frozen=True)
class Grant:
    """With what a bot may identify where; a new one takes the place of the old."""

    channel: Channel
    session_id: str
    token: str
    server: int


class FakeVoice:
    """All voice channels. Knobs: the attributes, `network`, and each call's `room(channel).group`."""

    def __init__(self, discord: FakeDiscord, network: Network) -> None:
        self.network = network
        """What happens to what people say on its way to the bot."""
        self.heartbeat_interval = 13.75
        self.modes = ["aead_of_the_future_rtpsize", MODE]
        """The encryption modes offered. The first is of the future: a client must choose one that it knows."""
        self.requires_dave = True
        """reference: "a client without DAVE is closed with 4017"."""
        self.server_first = False
        """Whether VOICE_SERVER_UPDATE comes before VOICE_STATE_UPDATE."""
        self.without_server = False
        """Whether the server is told without an endpoint, as while none is free, until `change_server`."""
        self.refuses = False
        """Whether connections to voice servers are refused with 503."""
        self.unanswered = 0
        """So many of the next questions for one's own address are lost, or their answers."""
        self.deaf = False
        """Whether heartbeats go without their ACK."""
        self.frames: list[tuple[float, Json]] = []
        """(when, frame) of everything that bots sent by WebSocket; of binary ones only opcode and size."""
        self.asks: list[Json] = []
        """Each opcode 4 by which a bot asked to come somewhere."""
        self.kept_alive = 0
        """Packets that only keep the way open."""
        self.refused: list[str] = []
        """Why packets of bots were dropped."""
        self.udps: list[Udp] = []
        self.states = VoiceStates(discord.world, discord.payloads, discord.gateway)
        self._discord = discord
        self._world = discord.world
        self._gateway = VoiceGateway(self)
        self._rooms: dict[int, Room] = {}
        self._grants: dict[int, Grant] = {}
        self._ports: list[int] = []
        self._server = 0

    @property
    def bot(self) -> User:
        return self._world.bot

    # People.

    def join(self, person: Person, channel: Channel, *, muted: bool = False) -> Caller:
        """A person joins a voice channel."""
        self.admit(person, channel)
        assert channel.guild_id is not None
        if (channel.guild_id, person.id) in self._world.voice_states:
            raise Impossible(f"{person.user.name} is in a voice channel already")
        self.states.put(person.user, channel, self_mute=muted)
        return Caller(self, person, self.room(channel))

    def admit(self, person: Person, channel: Channel) -> None:
        """`Impossible` where they may not connect."""
        if channel.type not in (VOICE, STAGE) or not self._world.may(person.id, channel, Permission.CONNECT):
            raise Impossible(f"{person.user.name} cannot connect to {channel.name!r}")

    def room(self, channel: Channel) -> Room:
        """The call in a channel."""
        if channel.id not in self._rooms:
            made = Room(channel, self._world, self.states, self.network, self._refuse)
            self._rooms[channel.id] = made
        return self._rooms[channel.id]

    def heard(self, channel: Channel) -> Heard:
        """What the bot sent in a channel."""
        return self.room(channel).heard

    # What befalls the bot.

    def move_bot(self, channel: Channel) -> None:
        """Somebody drags the bot to another channel of the guild."""
        self._place(channel)

    def kick_bot(self, guild: Guild) -> None:
        """Somebody disconnects the bot."""
        self._put_out(guild)

    def delete(self, channel: Channel) -> None:
        """Somebody deletes a voice channel: who was in it is put out."""
        room = self.room(channel)
        for caller in list(room.callers.values()):
            caller.leave()
        guild = self._world.guild_of(channel)
        assert guild is not None
        if self.bot.id in room.sessions:
            self._put_out(guild, TERMINATED)
        self._discord.remove(channel)

    def mute_bot(self, guild: Guild, muted: bool = True) -> None:
        """Somebody mutes the bot for everyone."""
        state = self.states.in_guild(self.bot.id, guild)
        assert state is not None
        assert state.channel_id is not None
        self.states.change(self.bot.id, self._world.channels[state.channel_id], mute=muted)

    def change_server(self, guild: Guild) -> None:
        """The call goes on, on another voice server: a new token and endpoint, and 4014 on the old one."""
        grant = self._grants[guild.id]
        self._server = 1 - self._server
        self.without_server = False
        self._grant(grant.channel, grant.session_id)
        self._close(guild)

    def drop(self) -> None:
        """Cut every connection without a word; the sessions can be resumed."""
        self.close(None)

    def close(self, code: int | None) -> None:
        """Close every connection: 4006 and 4009 end the session; 4015 is to be resumed, the server crashed."""
        for connection in list(self._gateway.connections):
            session = connection.session
            connection.line.close(code)
            if session is not None and code in (4006, 4009, DISCONNECTED):
                session.room.end(session)

    def forget(self) -> None:
        """Forget all sessions: to resume one is answered by 4006."""
        for room in self._rooms.values():
            for session in list(room.sessions.values()):
                room.end(session)

    # Waiting.

    async def until(self, look: Callable[[], Result], seconds: float = 10.0) -> Result:
        """What `look` sees as soon as it sees anything."""
        return await self._world.until(look, seconds)

    async def connected(self, channel: Channel | None = None, seconds: float = 10.0) -> Session:
        """The bot's session, once it is described, on a connection, and in the group with everybody else."""

        def look() -> Session | None:
            rooms = list(self._rooms.values()) if channel is None else [self.room(channel)]
            for room in rooms:
                session = room.sessions.get(self.bot.id)
                settled = room.group is None or room.group.settled
                if session is not None and session.described and session.line is not None and settled:
                    return session
            return None

        found = await self.until(look, seconds)
        assert found is not None
        return found

    def changed(self) -> None:
        self._world.changed()

    def sent(self, op: int) -> list[Json]:
        """The frames of an opcode that bots sent."""
        return [frame for _, frame in self.frames if frame.get("op") == op]

    # The bot's way in.

    def asked(self, data: Json) -> None:
        """Opcode 4 of the main gateway. One for a channel to which the bot may not connect is passed over."""
        guild = self._world.guilds.get(int(data["guild_id"]))
        if guild is None:
            return
        if data.get("channel_id") is None:
            self._put_out(guild)
            return
        channel = self._world.channels.get(int(data["channel_id"]))
        if channel is None or not self._world.may(self.bot.id, channel, Permission.CONNECT):
            return
        if channel.type in (VOICE, STAGE):
            self.asks.append(data)
            flags = {name: bool(data.get(name)) for name in ("self_mute", "self_deaf")}
            self._place(channel, **flags)

    def _place(self, channel: Channel, **flags: bool) -> None:
        guild = self._world.guild_of(channel)
        assert guild is not None
        before = self.states.in_guild(self.bot.id, guild)
        if before is not None and before.channel_id == channel.id:
            self.states.put(self.bot, channel, **flags)
            return
        session_id = secrets.token_hex(16) if before is None else before.session_id
        # Who comes to a stage only listens.
        flags["suppress"] = channel.type == STAGE or not self._world.may(self.bot.id, channel, Permission.SPEAK)
        if self.server_first:
            self._grant(channel, session_id)
        self.states.put(self.bot, channel, **flags, session_id=session_id)
        if not self.server_first:
            self._grant(channel, session_id)
        self._close(guild)

    def _grant(self, channel: Channel, session_id: str) -> None:
        """A new token for a channel: VOICE_SERVER_UPDATE."""
        assert channel.guild_id is not None
        grant = Grant(channel, session_id, secrets.token_hex(8), self._server)
        self._grants[channel.guild_id] = grant
        endpoint = None if self.without_server else f"127.0.0.1:{self._ports[self._server]}"
        data: Json = {"guild_id": str(channel.guild_id), "token": grant.token, "endpoint": endpoint}
        self._discord.gateway.dispatch("VOICE_SERVER_UPDATE", 0, channel.guild_id, lambda _: data)

    def _put_out(self, guild: Guild, code: int = DISCONNECTED) -> None:
        state = self.states.in_guild(self.bot.id, guild)
        grant = self._grants.pop(guild.id, None)
        if state is not None and grant is not None:
            self.states.remove(self.bot, grant.channel)
            self._close(guild, code)

    def _close(self, guild: Guild, code: int = DISCONNECTED) -> None:
        """End the sessions in a guild whose token is no longer the valid one."""
        grant = self._grants.get(guild.id)
        for room in self._rooms.values():
            session = room.sessions.get(self.bot.id)
            if session is None or room.channel.guild_id != guild.id:
                continue
            if grant is None or session.token != grant.token:
                session.close(code, "Disconnected.")
                room.end(session)

    def granted(self, data: Json, server: int) -> Grant:
        """What an identify or resume is allowed; `Closed` with the code that says why not."""
        guild = self._world.guilds.get(int(data["server_id"]))
        if guild is None:
            raise Closed(4011, "Server not found.")
        grant = self._grants.get(guild.id)
        if grant is None or grant.server != server or data["session_id"] != grant.session_id:
            raise Closed(4006, "Session is no longer valid.")
        if data["token"] != grant.token or int(data["user_id"]) != self.bot.id:
            raise Closed(4004, "Authentication failed.")
        return grant

    # UDP.

    def _take(self, udp: Udp, data: bytes, address: Address, at: float) -> None:
        sought = discovered(data)
        if sought is not None:
            if self.unanswered:
                self.unanswered -= 1
            elif self._by_ssrc(sought) is not None:
                udp.send(discovery(sought, address), address)
            return
        session = self._by_ssrc(int.from_bytes(data[8:12], "big")) if len(data) >= 12 else None
        if session is None:
            if len(data) > 8:
                self._refuse("of an unknown source")
            else:
                self.kept_alive += 1
                self.changed()
            return
        try:
            packet = session.unseal(data)
        except Unreadable as error:
            self._refuse(str(error))
            return
        session.address = address
        session.room.take(session, packet, at)

    def _by_ssrc(self, ssrc: int) -> Session | None:
        sessions = [session for room in self._rooms.values() for session in room.sessions.values()]
        return next((session for session in sessions if session.ssrc == ssrc), None)

    def _refuse(self, reason: str) -> None:
        self.refused.append(reason)
        self.changed()

    # The server.

    @asynccontextmanager
    async def served(self) -> AsyncIterator[FakeVoice]:
        """Listen on free ports of 127.0.0.1, as two voice servers."""
        runners: list[web.AppRunner] = []
        context = server_context()
        self._discord.gateway.on_voice_state = self.asked
        try:
            for server in range(SERVERS):
                app = web.Application()
                app.router.add_get("/", partial(self._gateway.accept, server=server))
                runners.append(web.AppRunner(app, shutdown_timeout=0.1, handler_cancellation=True))
                await runners[-1].setup()
                await web.TCPSite(runners[-1], "127.0.0.1", 0, ssl_context=context).start()
                self._ports.append(runners[-1].addresses[0][1])
                self.udps.append(Udp(self._take))
            yield self
        finally:
            self.forget()
            self.drop()
            for udp in self.udps:
                udp.close()
            for runner in runners:
                await runner.cleanup()


@asynccontextmanager
async def running_voice(discord: FakeDiscord) -> AsyncIterator[FakeVoice]:
    """Voice servers for a fake Discord, trusted by aiohttp's clients while the block runs.

    Of the library nothing is replaced. The client must have been made, or connect, inside the block.
    """
    with trusted():
        async with FakeVoice(discord, Network()).served() as voice:
            yield voice
