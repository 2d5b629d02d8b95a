"""Voice clients that keep no rule: gateway and UDP by hand, to break what the library would not."""

from __future__ import annotations

import asyncio
import json
import ssl
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import davey

from fakes.discord.errors import Json
from fakes.discord.raw import Raw, RawGateway
from fakes.discord.voice import dave
from fakes.discord.voice.certificates import certificate
from fakes.discord.voice.rtp import Packet, seal
from fakes.discord.voice.server import FakeVoice
from fakes.discord.world import Channel

VOICE_INTENTS = 1 | 1 << 7


class Datagrams(asyncio.DatagramProtocol):
    """A UDP port: what comes waits in a queue."""

    def __init__(self) -> None:
        self.received: asyncio.Queue[bytes] = asyncio.Queue()

    def datagram_received(self, data: bytes, _: Any) -> None:
        self.received.put_nowait(data)


class RawVoice:
    """One connection to a voice server."""

    def __init__(self, voice: FakeVoice, server: Json, session_id: str, socket: aiohttp.ClientWebSocketResponse):
        self.voice = voice
        self.server = server
        self.session_id = session_id
        self.socket = socket
        self.ready: Json = {}
        self.key = b""
        self.udp = Datagrams()
        self.transport: asyncio.DatagramTransport | None = None
        self.seen = -1
        """The newest number of a frame."""
        self.session: davey.DaveSession | None = None

    async def send(self, op: int, data: Any = None) -> None:
        await self.socket.send_json({"op": op, "d": data})

    async def identify(self, **more: Any) -> None:
        data = {
            "server_id": self.server["guild_id"],
            "user_id": str(self.voice.bot.id),
            "session_id": self.session_id,
            "token": self.server["token"],
            "max_dave_protocol_version": dave.VERSION,
        }
        await self.send(0, data | more)

    async def resume(self, seen: int, **more: Any) -> None:
        data = {"server_id": self.server["guild_id"], "session_id": self.session_id, "token": self.server["token"]}
        await self.send(7, data | {"seq_ack": seen} | more)

    async def frame(self) -> tuple[int, Any]:
        """The next frame: its opcode, and its data, bytes where it is binary."""
        async with asyncio.timeout(10):
            message = await self.socket.receive()
        if message.type is aiohttp.WSMsgType.BINARY:
            self.seen, op = struct.unpack_from(">HB", message.data)
            return op, message.data[3:]
        assert message.type is aiohttp.WSMsgType.TEXT, message
        frame = json.loads(message.data)
        self.seen = frame.get("seq", self.seen)
        return frame["op"], frame["d"]

    async def until(self, op: int) -> Any:
        """The data of the next frame of an opcode; others are passed over."""
        while True:
            found, data = await self.frame()
            if found == op:
                return data

    async def closed(self) -> int | None:
        """The code with which the server closes."""
        async with asyncio.timeout(10):
            while not self.socket.closed:
                message = await self.socket.receive()
                if message.type is aiohttp.WSMsgType.CLOSE:
                    return int(message.data)
        return self.socket.close_code

    async def discover(self) -> tuple[str, int]:
        """Whence the server sees this client's UDP port."""
        loop = asyncio.get_running_loop()
        place = (self.ready["ip"], self.ready["port"])
        self.transport, self.udp = await loop.create_datagram_endpoint(Datagrams, remote_addr=place)
        self.transport.sendto(struct.pack(">HHI66x", 1, 70, self.ready["ssrc"]))
        answer = await asyncio.wait_for(self.udp.received.get(), 10)
        kind, length, ssrc, address, port = struct.unpack(">HHI64sH", answer)
        assert (kind, length, ssrc) == (2, 70, self.ready["ssrc"])
        return address.rstrip(b"\0").decode(), port

    async def select(self, mode: str = "aead_xchacha20_poly1305_rtpsize") -> None:
        """Through READY, discovery and protocol selection to the session's description."""
        self.ready = await self.until(2)
        address, port = await self.discover()
        await self.send(1, {"protocol": "udp", "data": {"address": address, "port": port, "mode": mode}})
        self.key = bytes((await self.until(4))["secret_key"])

    async def offer(self, channel: Channel) -> None:
        """Send a key package of a new device."""
        self.session = davey.DaveSession(dave.VERSION, self.voice.bot.id, channel.id)
        self.session.set_external_sender(await self.until(25))
        await self.send_binary(26, self.session.get_serialized_key_package())

    async def send_binary(self, op: int, data: bytes) -> None:
        await self.socket.send_bytes(bytes([op]) + data)

    def sound(self, sequence: int, payload: bytes, *, nonce: int | None = None, key: bytes = b"") -> bytes:
        """The datagram of a frame."""
        packet = Packet(sequence, 960 * sequence, self.ready["ssrc"], payload)
        return seal(packet, key or self.key, sequence if nonce is None else nonce)

    def emit(self, data: bytes) -> None:
        assert self.transport is not None
        self.transport.sendto(data)

    def close(self) -> None:
        if self.transport is not None:
            self.transport.close()


Connect = Callable[[], AbstractAsyncContextManager[RawVoice]]


@asynccontextmanager
async def raw_voice(
    voice: FakeVoice, main: RawGateway, channel: Channel, *, version: int = 8
) -> AsyncIterator[Connect]:
    """Joins by the main gateway, which knows it with `VOICE_INTENTS`; gives what connects to the voice server."""
    place = {"guild_id": str(channel.guild_id), "channel_id": str(channel.id)}
    await main.send(4, place | {"self_mute": False, "self_deaf": False})
    state = await main.event("VOICE_STATE_UPDATE")
    server = await main.event("VOICE_SERVER_UPDATE")
    context = ssl.create_default_context(cadata=certificate().decode())
    async with aiohttp.ClientSession() as session:

        @asynccontextmanager
        async def connect() -> AsyncIterator[RawVoice]:
            url = f"wss://{server['endpoint']}/?v={version}"
            async with session.ws_connect(url, ssl=context) as socket:
                raw = RawVoice(voice, server, state["session_id"], socket)
                try:
                    yield raw
                finally:
                    raw.close()

        yield connect


@dataclass
class Call:
    """A bot on the main gateway that joined a voice channel; `connect` goes to the voice server."""

    main: RawGateway
    connect: Connect


@asynccontextmanager
async def joined(raw: Raw, voice: FakeVoice, channel: Channel, *, version: int = 8) -> AsyncIterator[Call]:
    """A bot that joined a voice channel, and has not connected to its server."""
    async with raw.gateway() as main:
        await main.identify(VOICE_INTENTS)
        await main.event("GUILD_CREATE")
        async with raw_voice(voice, main, channel, version=version) as connect:
            yield Call(main, connect)


@asynccontextmanager
async def described(call: Call) -> AsyncIterator[RawVoice]:
    """A client that may send sound."""
    async with call.connect() as client:
        await client.identify()
        await client.select()
        yield client


@asynccontextmanager
async def in_group(call: Call, voice: FakeVoice, lounge: Channel) -> AsyncIterator[RawVoice]:
    """Likewise, and a device in the encrypted group."""
    async with described(call) as client:
        await client.offer(lounge)
        welcome = await client.until(30)
        assert client.session is not None
        client.session.process_welcome(welcome[2:])
        await client.send(23, {"transition_id": int.from_bytes(welcome[:2], "big")})
        await client.until(22)
        yield client
