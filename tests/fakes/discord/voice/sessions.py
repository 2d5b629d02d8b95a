"""A bot's session on a voice server: it outlives its connection, and is a device in the call's encrypted group."""

from __future__ import annotations

import secrets
import struct
from typing import TYPE_CHECKING

from fakes.discord.errors import Json
from fakes.discord.lines import Line
from fakes.discord.voice import dave
from fakes.discord.voice.network import Way
from fakes.discord.voice.rtp import Packet, Unreadable, unseal
from fakes.discord.world import User

if TYPE_CHECKING:
    from fakes.discord.voice.rooms import Room
    from fakes.discord.voice.udp import Address, Udp

UNNUMBERED = (2, 6, 8, 9)
"""Opcodes without a `seq`: they are never sent again."""


class Session:
    """What a bot identified for. `key` encrypts its sound both ways."""

    def __init__(self, user: User, room: Room, session_id: str, token: str, udp: Udp) -> None:
        self.user = user
        self.room = room
        self.session_id = session_id
        self.token = token
        self.udp = udp
        self.ssrc = secrets.randbits(31)
        self.key = secrets.token_bytes(32)
        self.way = Way(room.network, self.key)
        self.address: Address | None = None
        self.described = False
        """It has the key: sound may go both ways."""
        self.spoke = False
        """It sent opcode 5, without which its sound is refused."""
        self.told: set[int] = set()
        """Whose SSRC it was told by opcode 5."""
        self.line: Line | None = None
        self._seq = 0
        self._sent: list[tuple[int, Json | bytes]] = []
        self._nonces: set[bytes] = set()

    @property
    def id(self) -> int:
        return self.user.id

    # What goes out.

    def write(self, op: int, data: Json) -> None:
        frame: Json = {"op": op, "d": data}
        if op not in UNNUMBERED:
            self._seq += 1
            frame["seq"] = self._seq
            self._sent.append((self._seq, frame))
        self._write(frame)

    def write_binary(self, op: int, data: bytes) -> None:
        self._seq += 1
        frame = struct.pack(">HB", self._seq, op) + data
        self._sent.append((self._seq, frame))
        self._write(frame)

    def _write(self, frame: Json | bytes) -> None:
        if self.line is not None:
            self.line.write(frame)

    def resume(self, line: Line, seen: int) -> None:
        """Go on, on a new connection, with what came after a number."""
        self.line = line
        self.write(9, {})
        for seq, frame in self._sent:
            if seq > seen:
                self._write(frame)

    def close(self, code: int | None, reason: str = "") -> None:
        """Close its connection, or cut it."""
        if self.line is not None:
            self.line.close(code, reason)

    # What comes in.

    def unseal(self, data: bytes) -> Packet:
        """A packet that it sent; `Unreadable` where it broke a rule in doing so."""
        if not self.described:
            raise Unreadable("no protocol was selected")
        packet, nonce = unseal(data, self.key)
        if nonce in self._nonces:
            raise Unreadable("a nonce was used twice")
        self._nonces.add(nonce)
        if not self.spoke:
            raise Unreadable("no opcode 5 was sent before")
        return packet

    def carry(self, packet: Packet) -> None:
        """Send what somebody says, as the network lets it through."""
        for data in self.way.carry(packet):
            self.send(data)

    def flush(self) -> None:
        """Send what the network still held back."""
        for data in self.way.rest():
            self.send(data)

    def send(self, data: bytes) -> None:
        if self.described and self.address is not None:
            self.udp.send(data, self.address)

    # As a device in the group.

    def external_sender(self, package: bytes) -> None:
        self.write_binary(25, package)

    def propose(self, data: bytes) -> None:
        self.write_binary(27, data)

    def announce(self, transition: int, commit: bytes) -> None:
        self.write_binary(29, struct.pack(">H", transition) + commit)

    def welcome(self, transition: int, welcome: bytes) -> None:
        self.write_binary(30, struct.pack(">H", transition) + welcome)

    def execute(self, transition: int) -> None:
        self.write(22, {"transition_id": transition})

    def prepare_transition(self, transition: int, version: int) -> None:
        self.write(21, {"transition_id": transition, "protocol_version": version})

    def prepare_epoch(self) -> None:
        self.write(24, {"transition_id": 0, "epoch": 1, "protocol_version": dave.VERSION})
