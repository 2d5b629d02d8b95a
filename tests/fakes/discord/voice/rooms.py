"""The call in one voice channel: who is there, and whose sound goes to whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from fakes.discord.errors import Json
from fakes.discord.voice.dave import Group
from fakes.discord.voice.heard import Arrival, Heard
from fakes.discord.voice.network import Network
from fakes.discord.voice.rtp import SILENCE, Packet, Unreadable
from fakes.discord.voice.states import VoiceStates
from fakes.discord.world import STAGE, Channel, World

if TYPE_CHECKING:
    from fakes.discord.voice.callers import Caller
    from fakes.discord.voice.sessions import Session


class Room:
    """One call. `group` is None on a stage, which is not end-to-end encrypted. reference: "outside stage"."""

    def __init__(
        self,
        channel: Channel,
        world: World,
        states: VoiceStates,
        network: Network,
        refuse: Callable[[str], None],
    ) -> None:
        self.channel = channel
        self.network = network
        self.heard = Heard(world)
        self.callers: dict[int, Caller] = {}
        self.sessions: dict[int, Session] = {}
        self.tells_speaking = True
        """Bots are told by opcode 5 whose SSRC it is when somebody begins to speak; else they miss it."""
        self.group = None if channel.type == STAGE else Group(channel.id, self._changed)
        self._world = world
        self._states = states
        self._refuse = refuse
        self._sealed: list[tuple[Session, Packet, float]] = []

    # People.

    def enter(self, caller: Caller) -> None:
        self.callers[caller.id] = caller
        self._tell(11, {"user_ids": [str(caller.id)]})
        self._tell_of(caller)
        if self.group is not None:
            self.group.enter(caller)
        self._world.changed()

    def _tell_of(self, caller: Caller) -> None:
        self._tell(18, {"user_id": str(caller.id), "flags": 0})
        self._tell(20, {"user_id": str(caller.id), "platform": 0})

    def leave(self, caller: Caller) -> None:
        del self.callers[caller.id]
        self._forget(caller.id)

    def _forget(self, user: int) -> None:
        for session in self.sessions.values():
            session.told.discard(user)
        self._tell(13, {"user_id": str(user)})
        if self.group is not None:
            self.group.leave(user)
        self._world.changed()

    def speaks(self, caller: Caller) -> None:
        """Somebody begins to speak. Who was told before is not told again, and nobody is told when they end."""
        for session in self._listening():
            if self.tells_speaking and caller.id not in session.told:
                session.told.add(caller.id)
                session.write(5, {"user_id": str(caller.id), "ssrc": caller.ssrc, "speaking": 1})

    def relay(self, packet: Packet) -> None:
        """Sound of somebody goes to every bot that is not deaf."""
        for session in self._listening():
            state = self._states.of(session.id, self.channel)
            if not (state.self_deaf or state.deaf):
                session.carry(packet)

    def flush(self) -> None:
        for session in self.sessions.values():
            session.flush()

    def _listening(self) -> list[Session]:
        return [session for session in self.sessions.values() if session.described]

    def _tell(self, op: int, data: Json) -> None:
        for session in self._listening():
            session.write(op, data)

    # Bots.

    def begin(self, session: Session) -> None:
        """A bot identified; an older session of it is over."""
        if session.id in self.sessions:
            self.sessions[session.id].close(4006, "Session is no longer valid.")
            self.end(self.sessions[session.id])
        self.sessions[session.id] = session

    def describe(self, session: Session) -> None:
        """A bot has its key: it hears who is there, and becomes a device in the group."""
        session.described = True
        if self.group is not None:
            self.group.enter(session)
        session.write(11, {"user_ids": [str(user) for user in self.callers]})
        for caller in self.callers.values():
            session.write(18, {"user_id": str(caller.id), "flags": 0})
            session.write(20, {"user_id": str(caller.id), "platform": 0})
        self._world.changed()

    def end(self, session: Session) -> None:
        """A bot's session is over."""
        if self.sessions.get(session.id) is session:
            del self.sessions[session.id]
            self._forget(session.id)

    def take(self, session: Session, packet: Packet, at: float) -> None:
        """Sound of a bot. During a transition it waits: it may be of the epoch that people do not have yet."""
        state = self._states.of(session.id, self.channel)
        if state.mute or state.suppress:
            return
        if self.group is not None and self.group.in_transition:
            self._sealed.append((session, packet, at))
            return
        self._hear(session, packet, at)

    def _hear(self, session: Session, packet: Packet, at: float) -> None:
        try:
            opus, sealed = self._open(session, packet.payload)
        except Unreadable as error:
            self._refuse(str(error))
            return
        self.heard.packets.append(Arrival(at, packet.sequence, packet.timestamp, packet.ssrc, opus, sealed))
        self._world.changed()

    def _open(self, session: Session, payload: bytes) -> tuple[bytes, bool]:
        """A bot's frame as people hear it, and whether it was encrypted; alone it cannot encrypt for anybody."""
        if self.group is None or payload == SILENCE or not self.callers:
            return payload, False
        people = [self.callers[user] for user in self.group.members if user in self.callers]
        if not people or session.id not in self.group.members:
            if not self.group.encrypting:
                return payload, False
            raise Unreadable("a frame of one who is not in the group")
        try:
            return people[0].hears(session.id, payload), True
        except ValueError as error:
            if not self.group.encrypting:
                return payload, False
            raise Unreadable("not end-to-end encrypted for the group") from error

    def _changed(self) -> None:
        """A transition was executed."""
        sealed, self._sealed = self._sealed, []
        for session, packet, at in sealed:
            self._hear(session, packet, at)
        self._world.changed()
