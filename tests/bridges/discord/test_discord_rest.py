"""Our own REST client against the fake Discord over TCP: limits that are kept unasked, errors that become ours."""

from __future__ import annotations

import asyncio
import json

import pytest
import structlog
from pydantic import SecretStr

from fakes.clock import VirtualClock
from fakes.discord.limits import Rate
from fakes.discord.people import Person
from fakes.discord.server import FakeDiscord
from fakes.discord.world import Channel, Guild, Permission
from trunkline.bridge import Budget
from trunkline.errors import Forbidden, PlatformError, RateLimited, TargetGone, Unconfirmed
from trunkline_bridges.discord.options import DiscordOptions
from trunkline_bridges.discord.sending.buckets import MOST_BUCKETS, Buckets, route_of
from trunkline_bridges.discord.sending.refusals import code_of, translate
from trunkline_bridges.discord.sending.rest import Part, Rest


def messages(channel: Channel) -> str:
    return f"/channels/{channel.id}/messages"


async def test_a_post_and_what_it_looks_like_to_discord(
    rest: Rest, discord: FakeDiscord, ada: Person, general: Channel
) -> None:
    made = await rest.call("POST", messages(general), json={"content": "hello"})
    assert made["content"] == "hello"
    assert ada.texts(general) == ["hello"]


async def test_files_come_with_their_names_types_and_descriptions(
    rest: Rest, discord: FakeDiscord, general: Channel
) -> None:
    form = {"content": "x", "attachments": [{"id": "0", "description": "a größe"}, {"id": "1"}]}
    parts = (Part("größe.png", b"\x89PNG", "image/png"), Part("b.txt", "ü".encode(), "text/plain; charset=utf-8"))
    made = await rest.call("POST", messages(general), json=form, files=parts)
    stored = discord.world.messages[int(made["id"])].attachments
    assert [(one.filename, one.content, one.description) for one in stored] == [
        ("größe.png", b"\x89PNG", "a größe"),
        ("b.txt", "ü".encode(), None),
    ]


async def test_an_empty_bucket_is_not_asked(
    rest: Rest, discord: FakeDiscord, general: Channel, clock: VirtualClock
) -> None:
    for number in range(5):
        await rest.call("POST", messages(general), json={"content": str(number)})
    before = len(discord.calls)
    with pytest.raises(RateLimited) as limited:
        await rest.call("POST", messages(general), json={"content": "6"})
    assert limited.value.retry_after == pytest.approx(5.0)
    assert len(discord.calls) == before, "no 429 is provoked"
    assert discord.limits.invalid == 0
    await clock.advance(5)
    await rest.call("POST", messages(general), json={"content": "7"})


async def test_calls_under_way_count_too(rest: Rest, discord: FakeDiscord, general: Channel) -> None:
    await rest.call("POST", messages(general), json={"content": "0"})
    outcomes = await asyncio.gather(
        *(rest.call("POST", messages(general), json={"content": str(number)}) for number in range(8)),
        return_exceptions=True,
    )
    assert [type(one) for one in outcomes if isinstance(one, Exception)] == [RateLimited] * 4
    assert discord.limits.invalid == 0


async def test_channels_and_methods_have_buckets_of_their_own(
    rest: Rest, discord: FakeDiscord, home: Guild, general: Channel
) -> None:
    other = discord.channel(home, "other")
    for _ in range(5):
        made = await rest.call("POST", messages(general), json={"content": "x"})
    await rest.call("POST", messages(other), json={"content": "x"})
    await rest.call("PATCH", f"{messages(general)}/{made['id']}", json={"content": "y"})
    with pytest.raises(RateLimited):
        await rest.call("POST", messages(general), json={"content": "x"})


async def test_a_short_wait_is_waited_for(
    rest: Rest, discord: FakeDiscord, general: Channel, clock: VirtualClock
) -> None:
    for _ in range(5):
        await rest.call("POST", messages(general), json={"content": "x"})
    await clock.advance(4.9)
    late = asyncio.ensure_future(rest.call("POST", messages(general), json={"content": "late"}))
    await clock.somebody_sleeps()
    assert list(clock.waiting) == pytest.approx([0.1])
    await clock.advance(0.1)
    assert (await late)["content"] == "late"


async def test_a_budget_is_what_discord_told(rest: Rest, discord: FakeDiscord, general: Channel) -> None:
    assert rest.budget_of("POST", messages(general)) is None
    discord.limits.rates[("POST", "/channels/{channel_id}/messages")] = Rate(7, 3.0)
    await rest.call("POST", messages(general), json={"content": "x"})
    assert rest.budget_of("POST", messages(general)) == Budget(7, 3.0)
    assert rest.budget_of("POST", "/channels/1/messages") == Budget(7, 3.0), "of every channel"
    assert rest.budget_of("PATCH", f"{messages(general)}/100000000000000000") is None


async def test_a_429_closes_its_bucket_and_says_how_long(
    rest: Rest, discord: FakeDiscord, general: Channel, clock: VirtualClock
) -> None:
    await rest.call("POST", messages(general), json={"content": "x"})
    discord.faults.rate_limit("create", 2.5)
    for _ in range(2):
        with pytest.raises(RateLimited) as limited:
            await rest.call("POST", messages(general), json={"content": "x"})
        assert limited.value.retry_after == pytest.approx(2.5)
    assert discord.count("POST /channels/{channel_id}/messages") == 2, "the second one was not asked"


async def test_the_global_limit_stops_all_but_tokens(
    rest: Rest, discord: FakeDiscord, general: Channel, clock: VirtualClock
) -> None:
    discord.faults.rate_limit("create", 3.0, scope="global")
    with pytest.raises(RateLimited):
        await rest.call("POST", messages(general), json={"content": "x"})
    with pytest.raises(RateLimited) as limited:
        await rest.call("GET", "/users/@me")
    assert limited.value.retry_after == pytest.approx(3.0)
    with pytest.raises(TargetGone):
        await rest.call("GET", "/webhooks/1/secret/messages/@original", authorized=False)


async def test_fifty_calls_a_second_are_not_exceeded(rest: Rest, discord: FakeDiscord) -> None:
    async def ask(number: int) -> object:
        return await rest.call("GET", f"/channels/{number + 10**17}")

    outcomes = await asyncio.gather(*map(ask, range(60)), return_exceptions=True)
    assert sum(isinstance(one, RateLimited) for one in outcomes) == 10
    assert len(discord.calls) == 50


async def test_cloudflares_ban_stops_everything(rest: Rest, discord: FakeDiscord, clock: VirtualClock) -> None:
    discord.limits.invalid_most = 0
    discord.limits.invalid_seconds = 60.0
    discord.limits.count_invalid(401)
    with pytest.raises(RateLimited) as limited:
        await rest.call("GET", "/users/@me")
    assert limited.value.retry_after == pytest.approx(60.0)
    with pytest.raises(RateLimited):
        await rest.call("GET", "/webhooks/1/secret/messages/@original", authorized=False)
    assert len(discord.calls) == 1


async def test_a_wrong_token_is_named(discord: FakeDiscord, clock: VirtualClock) -> None:
    options = DiscordOptions(token=SecretStr("wrong"), api_url=discord.api)
    async with Rest(options, clock) as rest:
        with pytest.raises(PlatformError, match="DISCORD_TOKEN") as refused:
            await rest.call("GET", "/users/@me")
    assert not refused.value.retryable
    assert "wrong" not in str(refused.value)


async def test_errors_become_ours(rest: Rest, discord: FakeDiscord, ada: Person, general: Channel) -> None:
    with pytest.raises(TargetGone) as gone:
        await rest.call("PATCH", f"{messages(general)}/1", json={"content": "x"})
    assert code_of(gone.value) == 10008
    theirs = ada.post(general, "mine")
    with pytest.raises(Forbidden):
        await rest.call("PATCH", f"{messages(general)}/{theirs.id}", json={"content": "x"})
    discord.forbid(general, Permission.SEND_MESSAGES)
    with pytest.raises(Forbidden, match="Send Messages"):
        await rest.call("POST", messages(general), json={"content": "x"})
    discord.remove(general)
    with pytest.raises(TargetGone) as gone:
        await rest.call("POST", messages(general), json={"content": "x"})
    assert code_of(gone.value) == 10003


async def test_a_refused_form_names_its_fields_and_quotes_nobody(rest: Rest, general: Channel) -> None:
    with pytest.raises(PlatformError, match=r"content BASE_TYPE_MAX_LENGTH") as refused:
        await rest.call("POST", messages(general), json={"content": "sentinel" * 1000})
    assert "sentinel" not in str(refused.value)
    assert not refused.value.retryable


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_servers_error_leaves_it_open_whether_it_was_done(
    rest: Rest, discord: FakeDiscord, general: Channel, status: int
) -> None:
    discord.faults.error("create", status)
    with pytest.raises(Unconfirmed):
        await rest.call("POST", messages(general), json={"content": "x"})
    discord.faults.error("GET /users", status)
    with pytest.raises(PlatformError) as failed:
        await rest.call("GET", "/users/@me")
    assert failed.value.retryable
    assert not isinstance(failed.value, Unconfirmed)


async def test_a_lost_answer_is_unconfirmed(
    rest: Rest, discord: FakeDiscord, ada: Person, general: Channel
) -> None:
    discord.faults.lose("create")
    with pytest.raises(Unconfirmed):
        await rest.call("POST", messages(general), json={"content": "x"})
    assert ada.texts(general) == ["x"]


async def test_where_nobody_listens_nothing_was_done(clock: VirtualClock) -> None:
    options = DiscordOptions(token=SecretStr("x"), api_url="http://127.0.0.1:1/api/v10")
    async with Rest(options, clock) as rest:
        with pytest.raises(PlatformError) as failed:
            await rest.call("POST", "/channels/1/messages", json={"content": "x"})
    assert failed.value.retryable
    assert not isinstance(failed.value, Unconfirmed)


async def test_patience_waits_for_limits_and_tries_again(discord: FakeDiscord, general: Channel) -> None:
    clock = VirtualClock(free=True)
    async with Rest(DiscordOptions(token=SecretStr(discord.token), api_url=discord.api), clock) as rest:
        discord.faults.rate_limit("create", 2.0)
        discord.faults.error("PUT /channels", 502, times=2)
        made = await rest.call("POST", messages(general), json={"content": "x"}, patient=True)
        path = f"{messages(general)}/{made['id']}/reactions/%E2%8F%B3/@me"
        await rest.call("PUT", path, patient=True)
    assert clock.slept[0] == pytest.approx(2.0)
    assert discord.world.messages[int(made["id"])].reactions.keys() == {"⏳"}
    assert discord.count("PUT") == 3


async def test_patience_does_not_double_a_post(
    rest: Rest, discord: FakeDiscord, ada: Person, general: Channel
) -> None:
    discord.faults.lose("create")
    with pytest.raises(Unconfirmed):
        await rest.call("POST", messages(general), json={"content": "x"}, patient=True)
    assert ada.texts(general) == ["x"]


async def test_a_patient_post_with_a_nonce_is_repeated(
    discord: FakeDiscord, ada: Person, general: Channel
) -> None:
    clock = VirtualClock(free=True)
    async with Rest(DiscordOptions(token=SecretStr(discord.token), api_url=discord.api), clock) as rest:
        discord.faults.lose("create")
        form = {"content": "x", "nonce": "n", "enforce_nonce": True}
        await rest.call("POST", messages(general), json=form, patient=True)
    assert ada.texts(general) == ["x"]
    assert discord.count("POST /channels/{channel_id}/messages") == 2


async def test_no_token_in_logs_and_errors(rest: Rest, discord: FakeDiscord, clock: VirtualClock) -> None:
    path = "/webhooks/123456789012345678/sentinel-token/messages/@original"
    discord.faults.rate_limit("PATCH", 2.0)
    told: list[str] = []
    with structlog.testing.capture_logs() as logs:
        with pytest.raises(RateLimited) as limited:
            await rest.call("PATCH", path, json={"content": "x"}, authorized=False)
        told.append(repr(limited.value))
        with pytest.raises(TargetGone) as gone:
            await rest.call("PATCH", path, json={"content": "x"}, authorized=False)
        told.append(repr(gone.value))
    assert logs
    assert "sentinel-token" not in json.dumps(logs) + "".join(told)
    assert discord.token not in json.dumps(logs) + "".join(told)


def test_routes_are_named_without_ids_and_tokens() -> None:
    edit = route_of("PATCH", "/channels/1/messages/123456789012345678")
    assert (edit.name, edit.major, edit.by_token) == ("PATCH /channels/:/messages/:", "1", False)
    token = route_of("POST", "/webhooks/1/secret")
    assert (token.name, token.major, token.by_token) == ("POST /webhooks/:/:", "1/secret", True)
    reaction = route_of("PUT", "/channels/1/messages/123456789012345678/reactions/%E2%8F%B3/@me")
    assert reaction.name == "PUT /channels/:/messages/:/reactions/:/@me"
    assert route_of("GET", "/users/@me").name == "GET /users/@me"


def test_memory_of_buckets_is_bounded() -> None:
    buckets = Buckets()
    headers = {
        "X-RateLimit-Bucket": "b",
        "X-RateLimit-Limit": "5",
        "X-RateLimit-Remaining": "4",
        "X-RateLimit-Reset-After": "5",
    }
    for channel in range(MOST_BUCKETS + 100):
        buckets.learn(route_of("POST", f"/channels/{channel}/messages"), headers, 0.0)
    assert len(buckets) == MOST_BUCKETS


def test_headers_that_make_no_sense_teach_nothing() -> None:
    buckets = Buckets()
    route = route_of("POST", "/channels/1/messages")
    for limit, left, after in (
        ("0", "0", "1"),
        ("x", "1", "1"),
        ("5", "4", "nan"),
        ("5", "-1", "1"),
        ("inf", "1", "1"),
    ):
        named = {"X-RateLimit-Bucket": "b", "X-RateLimit-Limit": limit, "X-RateLimit-Remaining": left}
        buckets.learn(route, named | {"X-RateLimit-Reset-After": after}, 0.0)
    assert buckets.budget(route) is None
    assert buckets.take(route, 0.0) == 0.0


def test_an_answer_that_was_overtaken_gives_nothing_back() -> None:
    buckets = Buckets()
    route = route_of("POST", "/channels/1/messages")

    def told(left: int, after: float, now: float) -> None:
        numbers = {
            "X-RateLimit-Limit": "5",
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset-After": str(after),
        }
        buckets.learn(route, {"X-RateLimit-Bucket": "b"} | numbers, now)

    told(4, 5.0, 0.0)
    told(0, 4.0, 1.0)
    told(1, 4.0, 1.0)
    assert buckets.take(route, 1.0) == pytest.approx(4.0)
    assert buckets.take(route, 5.0) == 0.0


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (404, 10015, TargetGone),
        (401, 50027, TargetGone),
        (403, 50007, Forbidden),
        (400, 40094, Forbidden),
        (403, 0, Forbidden),
        (400, 40060, PlatformError),
        (413, 0, PlatformError),
        (400, 200000, Forbidden),
    ],
)
def test_the_table(status: int, code: int, kind: type[PlatformError]) -> None:
    error = translate(status, {"code": code, "message": "sentinel"}, "POST /channels/:/messages", by_token=False)
    assert type(error) is kind
    assert "sentinel" not in error.user_message
    assert error.user_message.endswith(".")
