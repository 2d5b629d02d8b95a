"""The UDP side of a voice server: IP discovery, and sound of bots with the time at which the kernel took it in."""

from __future__ import annotations

import asyncio
import socket
import struct
import time
from collections.abc import Callable

Address = tuple[str, int]

TIMESTAMPS = 35
"""SO_TIMESTAMPNS of Linux: a datagram comes with its time, which no busy event loop shifts."""

DISCOVERY = 74
"""Bytes of a discovery and of its answer."""


class Udp:
    """One port of 127.0.0.1. `take` is given each datagram, where it is from, and when it came (`time.time`)."""

    def __init__(self, take: Callable[[Udp, bytes, Address, float], None]) -> None:
        self._take = take
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, TIMESTAMPS, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        asyncio.get_running_loop().add_reader(self._socket, self._read)

    def close(self) -> None:
        asyncio.get_running_loop().remove_reader(self._socket)
        self._socket.close()

    def send(self, data: bytes, address: Address) -> None:
        self._socket.sendto(data, address)

    def _read(self) -> None:
        while True:
            try:
                data, extra, _, address = self._socket.recvmsg(2048, 64)
            except BlockingIOError:
                return
            except ConnectionError:
                # Whoever was sent to has closed its port.
                continue
            self._take(self, data, address, _time(extra))


def _time(extra: list[tuple[int, int, bytes]]) -> float:
    for level, kind, content in extra:
        if (level, kind) == (socket.SOL_SOCKET, TIMESTAMPS):
            seconds, nanoseconds = struct.unpack("qq", content[:16])
            return float(seconds + nanoseconds / 1e9)
    return time.time()


def discovered(data: bytes) -> int | None:
    """The SSRC in a discovery; None for anything else."""
    if len(data) != DISCOVERY or struct.unpack_from(">HH", data) != (1, DISCOVERY - 4):
        return None
    return int.from_bytes(data[4:8], "big")


def discovery(ssrc: int, address: Address) -> bytes:
    """The answer: whence the question came."""
    return struct.pack(">HHI64sH", 2, DISCOVERY - 4, ssrc, address[0].encode(), address[1])
