"""What happens to the packets on their way to the bot, by knobs and a seed.

reference: Receiving Discord voice (3–15 % of real frames have padding; reorder 3 deep; RTCP is to be passed over).
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from fakes.discord.voice.rtp import Packet, rubbish, seal

FARTHEST = 2
"""A packet comes at most so many places late."""


@dataclass
class Network:
    """Shares (0–1) of packets. The first packet that anybody sends after a pause is not held back."""

    padding: float = 0.0
    """Have RTP padding, of 1 to 12 bytes."""
    extension: float = 0.0
    """Have a header extension."""
    loss: float = 0.0
    """Never come."""
    reordering: float = 0.0
    """Come one or two places late."""
    duplicates: float = 0.0
    """Come twice."""
    rubbish: float = 0.0
    """Have something before them that is no sound."""
    blocked: bool = False
    """Nothing comes at all: as while the way is broken, and nobody was told."""
    garbled: bool = False
    """What people say is encrypted for nobody: as where a group has come apart."""
    lost: list[Packet] = field(default_factory=list)
    """What was lost, as it was sent."""
    seed: int = 1

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)

    def chance(self, share: float) -> bool:
        return self._random.random() < share

    def number(self, low: int, high: int) -> int:
        return self._random.randint(low, high)


class Way:
    """The way to one bot: encrypts with its key, and numbers the nonces."""

    def __init__(self, network: Network, key: bytes) -> None:
        self._network = network
        self._key = key
        self._nonce = 0
        self._rubbish = 0
        self._held: list[tuple[int, bytes]] = []
        """(how many packets go before it, datagram)."""

    def carry(self, packet: Packet) -> list[bytes]:
        """The datagrams that come when this packet is sent."""
        network = self._network
        if network.blocked or network.chance(network.loss):
            network.lost.append(packet)
            return self._overtaken()
        data = self._seal(packet)
        arriving = [data] * (2 if network.chance(network.duplicates) else 1)
        if network.chance(network.reordering):
            arriving = []
            self._held.append((network.number(1, FARTHEST) + 1, data))
        if network.chance(network.rubbish):
            arriving.insert(0, rubbish(packet.ssrc, self._rubbish))
            self._rubbish += 1
        return arriving + self._overtaken()

    def rest(self) -> list[bytes]:
        """What was still held back."""
        held, self._held = self._held, []
        return [data for _, data in held]

    def _overtaken(self) -> list[bytes]:
        self._held = [(places - 1, data) for places, data in self._held]
        come = [data for places, data in self._held if places <= 0]
        self._held = [(places, data) for places, data in self._held if places > 0]
        return come

    def _seal(self, packet: Packet) -> bytes:
        network = self._network
        padding = network.number(1, 12) if network.chance(network.padding) else 0
        self._nonce += 1
        extension = network.chance(network.extension)
        return seal(packet, self._key, self._nonce, padding=padding, extension=extension)
