"""The fake's gateway, to clients that break its rules and to connections that break."""

from __future__ import annotations

import pytest

from fakes.clock import VirtualClock
from fakes.discord.errors import Json
from fakes.discord.limits import Rate
from fakes.discord.people import Person
from fakes.discord.raw import Raw
from fakes.discord.server import FakeDiscord
from fakes.discord.world import GUILD_MEMBERS, MESSAGE_CONTENT, Channel, Guild

GUILD_MESSAGES, DIRECT_MESSAGES = 1 << 9, 1 << 12


async def test_ready_names_the_guilds_and_where_to_resume(
    raw: Raw, discord: FakeDiscord, general: Channel
) -> None:
    async with raw.gateway() as line:
        assert (await line.frame())["d"]["heartbeat_interval"] == 41250
        await line.identify(1)
        ready = await line.event("READY")
        assert ready["resume_gateway_url"] == discord.gateway.url
        assert len(ready["guilds"]) == 1
        guild = await line.event("GUILD_CREATE")
        assert [each["name"] for each in guild["channels"]] == ["general"]
        assert len(guild["members"]) == 1, "without the members' intent only the bot"
        await line.send(1, 3)
        assert (await line.frame())["op"] == 11


@pytest.mark.parametrize(
    ("identify", "code"),
    [
        ({"token": "wrong"}, 4004),
        ({"intents": -1}, 4013),
        ({"intents": 1 << 40}, 4013),
        ({"intents": GUILD_MEMBERS}, 4014),
        ({"shard": [2, 2]}, 4010),
    ],
)
async def test_a_wrong_identify_is_closed(raw: Raw, discord: FakeDiscord, identify: Json, code: int) -> None:
    discord.world.allowed_intents = MESSAGE_CONTENT
    async with raw.gateway() as line:
        await line.identify(**identify)
        assert await line.closed() == code


async def test_sharding_is_compulsory_beyond_a_number_of_guilds(
    raw: Raw, discord: FakeDiscord, ada: Person
) -> None:
    discord.gateway.guilds_per_shard = 2
    for name in ("one", "two", "three"):
        discord.guild(name, ada)
    async with raw.gateway() as line:
        await line.identify()
        assert await line.closed() == 4011


async def test_a_guild_is_heard_by_its_shard_alone(raw: Raw, discord: FakeDiscord, ada: Person) -> None:
    guilds = [discord.guild(f"guild {number}", ada) for number in range(2)]
    for shard in (0, 1):
        async with raw.gateway() as line:
            await line.identify(1, shard=[shard, 2])
            ready = await line.event("READY")
            own = [str(guild.id) for guild in guilds if (guild.id >> 22) % 2 == shard]
            assert [each["id"] for each in ready["guilds"]] == own


@pytest.mark.parametrize(
    ("op", "data", "code"),
    [(77, None, 4001), (3, {}, 4003), (6, {"token": "wrong", "session_id": "x", "seq": 1}, 4004)],
)
async def test_a_frame_out_of_order_is_closed(raw: Raw, op: int, data: Json | None, code: int) -> None:
    async with raw.gateway() as line:
        await line.send(op, data)
        assert await line.closed() == code


async def test_frames_have_a_size_and_a_shape(raw: Raw) -> None:
    for text in ("not json", '"text"', '{"op": 1, "d": "' + "x" * 4096 + '"}'):
        async with raw.gateway() as line:
            await line.socket.send_str(text)
            assert await line.closed() == 4002


async def test_identifying_twice_is_closed(raw: Raw) -> None:
    async with raw.gateway() as line:
        await line.identify()
        await line.identify()
        assert await line.closed() == 4005


async def test_an_old_version_is_closed(raw: Raw) -> None:
    async with raw.gateway(version=6) as line:
        assert await line.closed() == 4012


async def test_120_sends_a_minute(raw: Raw, clock: VirtualClock) -> None:
    async with raw.gateway() as line:
        await line.frame()
        for _ in range(120):
            await line.send(1)
            await line.frame()
        await clock.advance(61)
        for _ in range(121):
            await line.send(1)
        assert await line.closed() == 4008


async def test_a_thousand_identifies_a_day(raw: Raw, discord: FakeDiscord, clock: VirtualClock) -> None:
    discord.gateway.identifies.rate = Rate(1, 24 * 3600.0)
    assert (await raw.call("GET", "/gateway/bot")).body["session_start_limit"]["remaining"] == 1
    for code in (None, 4004):
        async with raw.gateway() as line:
            await line.identify()
            if code is None:
                await line.event("READY")
            else:
                assert await line.closed() == code
    assert (await raw.call("GET", "/gateway/bot")).body["session_start_limit"]["remaining"] == 0
    await clock.advance(24 * 3600.0)
    assert (await raw.call("GET", "/gateway/bot")).body["session_start_limit"]["remaining"] == 1


async def test_identifies_keep_their_distance_when_asked(
    raw: Raw, discord: FakeDiscord, clock: VirtualClock
) -> None:
    discord.gateway.spacing = Rate(1, 5.0)
    async with raw.gateway() as line, raw.gateway() as other:
        await line.identify()
        await line.event("READY")
        await other.frame()
        await other.identify()
        assert await other.frame() == {"op": 9, "d": False}
        await clock.advance(5)
        await other.identify()
        await other.event("READY")


async def test_a_silent_client_times_out(raw: Raw, discord: FakeDiscord) -> None:
    discord.gateway.heartbeat_interval = 0.05
    async with raw.gateway() as line:
        assert await line.closed() == 4009


async def test_a_session_is_resumed_with_what_it_missed(
    raw: Raw, discord: FakeDiscord, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    async with raw.gateway() as line:
        await line.identify(GUILD_MESSAGES)
        session = (await line.event("READY"))["session_id"]
        ada.post(general, "one")
        await line.event("MESSAGE_CREATE")
        discord.gateway.disconnect(4000)
        assert await line.closed() == 4000
    ada.post(general, "two")
    resume = {"token": discord.token, "session_id": session, "seq": 2}
    async with raw.gateway() as line:
        await line.frame()
        await line.send(6, resume)
        frames = [await line.frame() for _ in range(2)]
        assert [(frame["t"], frame["s"]) for frame in frames] == [("MESSAGE_CREATE", 3), ("RESUMED", 4)]
    async with raw.gateway() as line:
        await line.frame()
        await line.send(6, resume | {"seq": 99})
        assert await line.closed() == 4007
    await clock.advance(discord.gateway.resume_seconds + 1)
    async with raw.gateway() as line:
        await line.frame()
        await line.send(6, resume)
        assert await line.frame() == {"op": 9, "d": False}


async def test_content_is_shown_only_where_it_may_be(
    raw: Raw, discord: FakeDiscord, ada: Person, home: Guild, general: Channel
) -> None:
    bot = f"<@{discord.world.bot.id}>"
    button = {"type": 1, "components": [{"type": 2, "style": 1, "label": "x", "custom_id": "x"}]}
    async with raw.gateway() as line:
        await line.identify(GUILD_MESSAGES | DIRECT_MESSAGES)
        await line.event("READY")
        plain = ada.post(general, "secret", files=[("a.txt", b"a")])
        heard = await line.event("MESSAGE_CREATE")
        assert (heard["content"], heard["attachments"]) == ("", [])
        for place, text in ((general, f"{bot} hello"), (ada.dm, "in a DM")):
            ada.post(place, text)
            assert (await line.event("MESSAGE_CREATE"))["content"] == text
        path = f"/channels/{general.id}/messages"
        own = await raw.call("POST", path, {"content": "mine", "components": [button]})
        heard = await line.event("MESSAGE_CREATE")
        assert (heard["content"], len(heard["components"])) == ("mine", 1)
        answered = discord.world.messages[int(own.body["id"])]
        ada.post(general, "a reply mentions", reply_to=answered)
        assert (await line.event("MESSAGE_CREATE"))["content"] == "a reply mentions"
        ada.post(general, "a silent reply does not", reply_to=answered, ping=False)
        heard = await line.event("MESSAGE_CREATE")
        assert (heard["content"], heard["referenced_message"]["content"]) == ("", "mine")
        discord.world.allowed_intents = 0
        read = await raw.call("GET", f"{path}/{plain.id}")
        assert read.body["content"] == "", "REST withholds what the portal does not allow"


async def test_events_come_late_twice_and_in_the_wrong_order(
    raw: Raw, discord: FakeDiscord, ada: Person, general: Channel
) -> None:
    async with raw.gateway() as line:
        await line.identify(GUILD_MESSAGES | MESSAGE_CONTENT)
        await line.event("READY")
        discord.gateway.hold()
        ada.post(general, "first")
        ada.post(general, "second")
        discord.gateway.release(backwards=True)
        got = [(await line.event("MESSAGE_CREATE"))["content"] for _ in range(2)]
        assert got == ["second", "first"]
        discord.gateway.duplicates = 1
        ada.post(general, "echo")
        got = [(await line.event("MESSAGE_CREATE"))["content"] for _ in range(2)]
        assert got == ["echo", "echo"]
        discord.gateway.malformed("MESSAGE_CREATE", {"odd": 1})
        assert await line.event("MESSAGE_CREATE") == {"odd": 1}
        discord.gateway.reconnect()
        assert (await line.frame())["op"] == 7
        discord.gateway.invalidate()
        assert await line.frame() == {"op": 9, "d": False}


async def test_a_channel_out_of_sight_is_not_heard(
    raw: Raw, discord: FakeDiscord, ada: Person, home: Guild, general: Channel
) -> None:
    secret = discord.channel(home, "secret")
    discord.forbid(secret, 1 << 10)
    async with raw.gateway() as line:
        await line.identify(GUILD_MESSAGES | MESSAGE_CONTENT)
        await line.event("READY")
        ada.post(secret, "between us")
        ada.post(general, "to all")
        assert (await line.event("MESSAGE_CREATE"))["content"] == "to all"


async def test_a_gateway_that_refuses(raw: Raw, discord: FakeDiscord) -> None:
    discord.gateway.refuses = True
    status, _ = await raw.fetch(discord.gateway.url.replace("ws:", "http:"))
    assert status == 503


async def test_members_are_listed_on_demand(raw: Raw, discord: FakeDiscord, ada: Person, home: Guild) -> None:
    async with raw.gateway() as line:
        await line.identify(GUILD_MEMBERS)
        await line.send(8, {"guild_id": str(home.id), "query": "", "limit": 0})
        chunk = await line.event("GUILD_MEMBERS_CHUNK")
        assert {each["user"]["username"] for each in chunk["members"]} == {"ada", "Trunkline"}
        bob = discord.person("bob", home)
        assert (await line.event("GUILD_MEMBER_ADD"))["user"]["username"] == "bob"
        bob.leave(home)
        assert (await line.event("GUILD_MEMBER_REMOVE"))["user"]["id"] == str(bob.id)


async def test_events_come_by_intent_and_ephemeral_ones_not_at_all(
    raw: Raw, discord: FakeDiscord, ada: Person, general: Channel
) -> None:
    async with raw.gateway() as line:
        await line.identify(DIRECT_MESSAGES | MESSAGE_CONTENT)
        await line.event("READY")
        panel = ada.post(general, "not for this session")
        pressed = ada.press_stale(panel, "go")
        assert (await line.frame())["t"] == "INTERACTION_CREATE", "interactions need no intent"
        ada.post(ada.dm, "in private")
        assert (await line.frame())["d"]["content"] == "in private"
        here = ada.press_stale(ada.sees(ada.dm)[-1], "go")
        for interaction, flags in ((pressed, 1 << 6), (here, 1 << 6)):
            path = f"/interactions/{interaction.id}/{interaction.token}/callback"
            answer = {"type": 4, "data": {"content": "for one", "flags": flags}}
            assert (await raw.call("POST", path, answer)).status == 204
        ada.post(ada.dm, "after it")
        assert (await line.frame())["t"] == "INTERACTION_CREATE"
        assert (await line.frame())["d"]["content"] == "after it"


async def test_a_deaf_gateway_acknowledges_nothing(raw: Raw, discord: FakeDiscord) -> None:
    discord.gateway.deaf = True
    async with raw.gateway() as line:
        await line.frame()
        await line.send(1)
        await line.identify()
        assert (await line.frame())["t"] == "READY"
