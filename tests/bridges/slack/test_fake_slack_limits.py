"""The fake's rate limits and faults, by a clock that stands still."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest

from fakes.clock import VirtualClock
from fakes.slack.apps import App
from fakes.slack.people import Person
from fakes.slack.raw import Raw, raw_client
from fakes.slack.server import FakeSlack
from fakes.slack.workspaces import Workspace
from fakes.slack.world import Channel


async def test_a_tier_is_per_method_workspace_and_app(
    raw: Raw, slack: FakeSlack, acme: Workspace, app: App, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    other_app, elsewhere = slack.app(acme), slack.workspace("elsewhere")
    elsewhere.install(app)
    for _ in range(50):
        assert (await raw.call("chat.update", channel=general.id, ts="1.0", text="x")).error == "message_not_found"
    refused = await raw.call("chat.update", channel=general.id, ts="1.0", text="x")
    assert (refused.status, refused.error, refused.headers["Retry-After"]) == (429, "ratelimited", "60")
    assert (await raw.call("chat.delete", channel=general.id, ts="1.0")).status == 200
    for token in (other_app.token, app.installs[elsewhere.id].token):
        assert (await raw.call("chat.update", token=token, channel=general.id, ts="1.0", text="x")).status == 200
    await clock.advance(60)
    assert (await raw.call("chat.update", channel=general.id, ts="1.0", text="x")).status == 200


async def test_posts_are_one_a_second_and_channel_after_a_burst(
    raw: Raw, slack: FakeSlack, acme: Workspace, app: App, general: Channel, clock: VirtualClock
) -> None:
    other = acme.channel("other", app)
    for number in range(slack.limits.post_burst):
        assert (await raw.call("chat.postMessage", channel=general.id, text=str(number))).ok
    refused = await raw.call("chat.postMessage", channel=general.id, text="x")
    assert (refused.status, refused.headers["Retry-After"]) == (429, "1")
    assert (await raw.call("chat.postMessage", channel=other.id, text="x")).ok
    await clock.advance(1)
    assert (await raw.call("chat.postMessage", channel=general.id, text="x")).ok
    assert (await raw.call("chat.postMessage", channel=general.id, text="x")).status == 429


async def test_history_is_rare_outside_the_marketplace(
    slack: FakeSlack, acme: Workspace, ada: Person, clock: VirtualClock
) -> None:
    sold = slack.app(acme, outside_marketplace=True)
    room = acme.channel("room", ada, sold)
    for number in range(20):
        ada.post(room, str(number))
    async with raw_client(slack, sold) as raw:
        assert len((await raw.call("conversations.history", channel=room.id, limit=100))["messages"]) == 15
        assert (await raw.call("conversations.history", channel=room.id)).status == 429
        await clock.advance(60)
        assert (await raw.call("conversations.history", channel=room.id)).ok


async def test_faults_before_and_after_the_effect(
    raw: Raw, slack: FakeSlack, ada: Person, general: Channel
) -> None:
    slack.faults.drop("chat.postMessage")
    with pytest.raises(aiohttp.ClientError):
        await raw.call("chat.postMessage", channel=general.id, text="dropped")
    assert ada.texts(general) == []
    slack.faults.lose("chat.*")
    with pytest.raises(aiohttp.ClientError):
        await raw.call("chat.postMessage", channel=general.id, text="done")
    assert ada.texts(general) == ["done"]
    slack.faults.error("chat.postMessage", 503)
    slack.faults.error("chat.postMessage", "fatal_error")
    slack.faults.rate_limit("chat.postMessage", 7)
    answers = [await raw.call("chat.postMessage", channel=general.id, text="third") for _ in range(4)]
    assert [(each.status, each.error) for each in answers] == [
        (503, "service_unavailable"),
        (200, "fatal_error"),
        (429, "ratelimited"),
        (200, ""),
    ]
    assert answers[2].headers["Retry-After"] == "7"
    assert ada.texts(general) == ["done", "third"]


async def test_a_held_call_goes_on_when_it_is_released(
    raw: Raw, slack: FakeSlack, ada: Person, general: Channel
) -> None:
    released = slack.faults.hold("chat.postMessage")
    waiting = asyncio.create_task(raw.call("chat.postMessage", channel=general.id, text="held"))
    await slack.world.until(lambda: slack.count("chat.postMessage") == 1)
    assert ada.texts(general) == []
    released.set()
    assert (await waiting).ok
    assert ada.texts(general) == ["held"]
    assert [call.answer is not None for call in slack.made("chat.postMessage")] == [True]
