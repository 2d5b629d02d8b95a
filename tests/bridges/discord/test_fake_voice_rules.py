"""The fake voice servers, to clients that break their rules: each is closed with its code, or not heard."""

from __future__ import annotations

import asyncio
import json
import ssl

import aiohttp
import pytest

from fakes.discord.errors import Json
from fakes.discord.people import Impossible, Person
from fakes.discord.raw import Raw
from fakes.discord.server import FakeDiscord
from fakes.discord.voice import sound
from fakes.discord.voice.dave import Group
from fakes.discord.voice.raw import Call, described, in_group, joined
from fakes.discord.voice.server import FakeVoice
from fakes.discord.world import Channel, Guild

pytestmark = pytest.mark.real_time


@pytest.mark.parametrize(
    ("identify", "code"),
    [
        ({"max_dave_protocol_version": 0}, 4017),
        ({"token": "wrong"}, 4004),
        ({"user_id": "1"}, 4004),
        ({"session_id": "wrong"}, 4006),
        ({"server_id": "1"}, 4011),
        ({"server_id": "x"}, 4020),
    ],
)
async def test_a_wrong_identify_is_closed(call: Call, identify: Json, code: int) -> None:
    async with call.connect() as client:
        await client.identify(**identify)
        assert await client.closed() == code


async def test_an_older_client_does_without_encryption_where_it_may(call: Call, voice: FakeVoice) -> None:
    voice.requires_dave = False
    async with call.connect() as client:
        await client.identify(max_dave_protocol_version=0)
        await client.until(2)


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        (['{"op": 77, "d": {}}'], 4001),
        (["{"], 4002),
        (["[]"], 4002),
        (['{"op": 5, "d": {}}'], 4003),
        ([b"\x1a1"], 4003),
    ],
)
async def test_a_frame_out_of_order_is_closed(call: Call, frames: list[str | bytes], code: int) -> None:
    async with call.connect() as client:
        for frame in frames:
            if isinstance(frame, bytes):
                await client.socket.send_bytes(frame)
            else:
                await client.socket.send_str(frame)
        assert await client.closed() == code


@pytest.mark.parametrize(
    ("op", "data", "code"),
    [
        (0, {}, 4005),
        (7, {}, 4005),
        (1, {"protocol": "tcp"}, 4012),
        (1, {"protocol": "udp", "data": {"address": "127.0.0.1", "port": 1, "mode": "xsalsa20_poly1305"}}, 4016),
        (1, {"protocol": "udp"}, 4020),
        (5, {"speaking": 1, "delay": 0, "ssrc": -1}, 4020),
    ],
)
async def test_what_an_identified_client_must_not_say(call: Call, op: int, data: Json, code: int) -> None:
    async with call.connect() as client:
        await client.identify()
        await client.until(2)
        await client.send(op, data)
        assert await client.closed() == code


@pytest.mark.parametrize("data", [b"\x1a", b"\x1agarbage", b"\x63", b""])
async def test_rubbish_for_the_group_is_closed(call: Call, data: bytes) -> None:
    async with described(call) as client:
        await client.socket.send_bytes(data)
        assert await client.closed() in (4001, 4020)


async def test_a_key_package_of_somebody_else_is_closed(call: Call, ada: Person, lounge: Channel) -> None:
    async with described(call) as client:
        await client.offer(lounge)
        assert client.session is not None
        client.session.reinit(1, ada.id, lounge.id)
        await client.send_binary(26, client.session.get_serialized_key_package())
        assert await client.closed() == 4020


async def test_another_version_of_the_gateway_is_closed(raw: Raw, voice: FakeVoice, lounge: Channel) -> None:
    async with joined(raw, voice, lounge, version=4) as call, call.connect() as client:
        assert await client.closed() == 4012


async def test_who_misses_heartbeats_is_closed(call: Call, voice: FakeVoice) -> None:
    voice.heartbeat_interval = 0.1
    async with described(call) as client:
        for number in range(3):
            await client.send(3, {"t": number, "seq_ack": client.seen})
            assert await client.until(6) == {"t": number}
        # Anything else does not stand for a heartbeat.
        speaking = {"speaking": 1, "delay": 0, "ssrc": client.ready["ssrc"]}
        await client.send(5, speaking)
        assert await client.closed() == 4009


async def test_a_deaf_server_acknowledges_nothing(call: Call, voice: FakeVoice) -> None:
    voice.deaf = True
    async with call.connect() as client:
        await client.send(3, {"t": 1, "seq_ack": -1})
        await client.identify()
        assert [(await client.frame())[0] for _ in range(2)] == [8, 2]


async def test_a_server_that_refuses(call: Call, voice: FakeVoice) -> None:
    voice.refuses = True
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        async with call.connect():
            pass
    assert refused.value.status == 503


async def test_only_who_trusts_the_certificate_connects(call: Call) -> None:
    """Nothing speaks to a voice server without TLS."""
    async with call.connect() as client, aiohttp.ClientSession() as session:
        url = f"https://{client.server['endpoint']}/?v=8"
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await session.get(url, ssl=ssl.create_default_context())


async def test_a_cut_session_is_resumed_with_what_it_missed(
    call: Call, voice: FakeVoice, ada: Person, lounge: Channel
) -> None:
    async with described(call) as client:
        await client.until(11)
        seen = client.seen
        voice.drop()
        with pytest.raises(AssertionError):
            await client.frame()
        caller = voice.join(ada, lounge)
        async with call.connect() as again:
            await again.resume(seen)
            assert [(await again.frame())[0] for _ in range(2)] == [8, 9]
            assert await again.until(11) == {"user_ids": [str(ada.id)]}
            caller.leave()
            assert await again.until(13) == {"user_id": str(ada.id)}


async def test_a_session_that_is_gone_is_not_resumed(call: Call, voice: FakeVoice) -> None:
    async with described(call) as client:
        voice.close(4015)
        assert await client.closed() == 4015
        async with call.connect() as wrong:
            await wrong.resume(0, token="wrong")
            assert await wrong.closed() == 4004
        voice.forget()
        async with call.connect() as again:
            await again.resume(client.seen)
            assert await again.closed() == 4006


async def test_a_closed_session_is_over(call: Call, voice: FakeVoice, lounge: Channel) -> None:
    async with described(call) as client:
        await client.socket.close()
        await voice.until(lambda: not voice.room(lounge).sessions)
        async with call.connect() as again:
            await again.resume(client.seen)
            assert await again.closed() == 4006


async def test_an_older_session_ends_when_the_bot_identifies_anew(
    call: Call, voice: FakeVoice, group: Group, ada: Person, lounge: Channel
) -> None:
    async with in_group(call, voice, lounge) as older:
        before = group.epoch
        async with in_group(call, voice, lounge):
            assert group.members == [ada.id, voice.bot.id]
            assert group.epoch > before
            assert await older.closed() == 4006


async def test_opcode_4_moves_mutes_and_leaves(
    discord: FakeDiscord, call: Call, voice: FakeVoice, home: Guild, lounge: Channel, general: Channel
) -> None:
    place = {"guild_id": str(home.id), "self_mute": False, "self_deaf": False}
    async with described(call) as client:
        await call.main.send(4, place | {"channel_id": str(lounge.id), "self_mute": True})
        state = await call.main.event("VOICE_STATE_UPDATE")
        assert (state["self_mute"], state["channel_id"]) == (True, str(lounge.id))
        for nowhere in (str(general.id), "1"):
            await call.main.send(4, place | {"channel_id": nowhere})
        await call.main.send(4, place | {"guild_id": "1", "channel_id": str(lounge.id)})
        await call.main.send(4, place | {"channel_id": None})
        state = await call.main.event("VOICE_STATE_UPDATE")
        assert state["channel_id"] is None, "what cannot be joined is passed over"
        assert await client.closed() == 4014
        async with call.connect() as again:
            await again.identify()
            assert await again.closed() == 4006


async def test_people_do_only_what_a_client_lets_them(
    discord: FakeDiscord, voice: FakeVoice, ada: Person, lounge: Channel, general: Channel
) -> None:
    with pytest.raises(Impossible):
        voice.join(ada, general)
    caller = voice.join(ada, lounge)
    with pytest.raises(Impossible):
        voice.join(ada, lounge)
    caller.leave()
    with pytest.raises(Impossible):
        caller.mute()
    assert await caller.say(sound.tone(0.1)) == []
    again = voice.join(ada, lounge)
    await again.ready()


async def test_frames_are_json_with_numbers_that_rise(call: Call) -> None:
    async with call.connect() as client:
        await client.identify()
        numbers = []
        for _ in range(2):
            message = await asyncio.wait_for(client.socket.receive(), 10)
            numbers.append(json.loads(message.data).get("seq"))
        assert numbers == [None, None]
        address = {"address": "127.0.0.1", "port": 9, "mode": "aead_xchacha20_poly1305_rtpsize"}
        await client.send(1, {"protocol": "udp", "data": address})
        seen = []
        for _ in range(3):
            await client.frame()
            seen.append(client.seen)
        assert seen == [1, 2, 3]
