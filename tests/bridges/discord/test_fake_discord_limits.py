"""The fake's rate limits and faults, by a clock that stands still."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from fakes.clock import VirtualClock
from fakes.discord.limits import Rate
from fakes.discord.people import Person
from fakes.discord.raw import Raw
from fakes.discord.server import FakeDiscord
from fakes.discord.world import Channel, Guild


async def test_five_creates_and_five_edits_per_channel_in_buckets_of_their_own(
    raw: Raw, discord: FakeDiscord, home: Guild, general: Channel, clock: VirtualClock
) -> None:
    path = f"/channels/{general.id}/messages"
    first = await raw.call("POST", path, {"content": "0"})
    assert (first.headers["X-RateLimit-Limit"], first.headers["X-RateLimit-Remaining"]) == ("5", "4")
    assert first.headers["X-RateLimit-Reset-After"] == "5.000"
    for number in range(4):
        assert (await raw.call("POST", path, {"content": str(number)})).status == 200
    refused = await raw.call("POST", path, {"content": "6"})
    assert (refused.status, refused.body["retry_after"], refused.body["global"]) == (429, 5.0, False)
    assert (refused.headers["Via"], refused.headers["X-RateLimit-Scope"]) == ("1.1 google", "user")
    assert refused.headers["Content-Type"] == "application/json"
    messages = [message.id for message in discord.world.history(general.id)]
    for number in range(5):
        edit = await raw.call("PATCH", f"{path}/{messages[number]}", {"content": "edited"})
        assert edit.status == 200, "edits have their own bucket"
        assert edit.headers["X-RateLimit-Bucket"] != first.headers["X-RateLimit-Bucket"]
    assert (await raw.call("PATCH", f"{path}/{messages[0]}", {"content": "x"})).status == 429
    other = discord.channel(home, "other")
    assert (await raw.call("POST", f"/channels/{other.id}/messages", {"content": "x"})).status == 200
    assert (await raw.call("PUT", f"{path}/{messages[0]}/reactions/👍/@me")).status == 204
    await clock.advance(5)
    assert (await raw.call("POST", path, {"content": "later"})).status == 200


async def test_fifty_calls_a_second_in_all(raw: Raw, clock: VirtualClock) -> None:
    for number in range(50):
        assert (await raw.call("GET", f"/channels/{number}")).status == 404
    refused = await raw.call("GET", "/users/@me")
    assert (refused.status, refused.body["global"], refused.body["retry_after"]) == (429, True, 1.0)
    assert (refused.headers["X-RateLimit-Global"], refused.headers["X-RateLimit-Scope"]) == ("true", "global")
    await clock.advance(1)
    assert (await raw.call("GET", "/users/@me")).status == 200


async def test_interactions_are_outside_the_global_limit_and_share_a_bucket_per_token(
    raw: Raw, discord: FakeDiscord, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    message = await raw.call("POST", f"/channels/{general.id}/messages", {"content": "x"})
    target = discord.world.messages[int(message.body["id"])]
    pressed = [ada.press_stale(target, "x") for _ in range(2)]
    discord.limits.overall.rate = Rate(0, 1.0)
    for each in pressed:
        answer = await raw.call("POST", f"/interactions/{each.id}/{each.token}/callback", {"type": 6})
        assert answer.status == 204
    hook = f"/webhooks/{discord.world.bot.id}/{pressed[0].token}"
    for number in range(5):
        assert (await raw.call("POST", hook, {"content": str(number)})).status == 200
    assert (await raw.call("PATCH", hook + "/messages/@original", {"content": "y"})).status == 429
    other = f"/webhooks/{discord.world.bot.id}/{pressed[1].token}"
    assert (await raw.call("POST", other, {"content": "z"})).status == 200


async def test_invalid_requests_end_in_a_ban(raw: Raw, discord: FakeDiscord, clock: VirtualClock) -> None:
    discord.limits.invalid_most = 3
    discord.faults.rate_limit("GET /users/1", 1.0, scope="shared")
    assert (await raw.call("GET", "/users/1")).headers["X-RateLimit-Scope"] == "shared"
    assert (await raw.call("GET", "/users/1")).status == 404
    assert discord.limits.invalid == 0, "neither a shared 429 nor a 404 counts"
    for _ in range(3):
        assert (await raw.call("GET", "/users/@me", token="wrong")).status == 401
    banned = await raw.call("GET", "/users/@me")
    assert (banned.status, banned.body) == (429, None)
    assert "Via" not in banned.headers, "it is Cloudflare that answers"
    assert float(banned.headers["Retry-After"]) == 600
    await clock.advance(600)
    assert (await raw.call("GET", "/users/@me")).status == 200


async def test_edits_of_old_messages_have_a_limit_more(
    raw: Raw, discord: FakeDiscord, general: Channel, clock: VirtualClock
) -> None:
    discord.limits.old_edits = Rate(1, 60.0)
    path = f"/channels/{general.id}/messages"
    message = await raw.call("POST", path, {"content": "x"})
    await clock.advance(3601)
    one = f"{path}/{message.body['id']}"
    assert (await raw.call("PATCH", one, {"content": "y"})).status == 200
    refused = await raw.call("PATCH", one, {"content": "z"})
    assert (refused.status, refused.code, refused.body["retry_after"]) == (429, 30046, 60.0)


async def test_faults_before_and_after_the_effect(
    raw: Raw, discord: FakeDiscord, ada: Person, general: Channel
) -> None:
    path = f"/channels/{general.id}/messages"
    discord.faults.drop("create")
    with pytest.raises(aiohttp.ClientError):
        await raw.call("POST", path, {"content": "dropped"})
    assert ada.texts(general) == []
    discord.faults.lose("create")
    with pytest.raises(aiohttp.ClientError):
        await raw.call("POST", path, {"content": "done"})
    assert ada.texts(general) == ["done"]
    discord.faults.error("create", 500, times=2)
    statuses = [(await raw.call("POST", path, {"content": "third"})).status for _ in range(3)]
    assert statuses == [500, 500, 200]
    assert ada.texts(general) == ["done", "third"]
    released = discord.faults.hold("create")
    waiting = asyncio.create_task(raw.call("POST", path, {"content": "held"}))
    await discord.world.until(lambda: discord.count("POST /channels/{channel_id}/messages") == 6)
    assert ada.texts(general) == ["done", "third"]
    released.set()
    assert (await waiting).status == 200
    assert [call.status for call in discord.calls] == [0, 0, 500, 500, 200, 200]
