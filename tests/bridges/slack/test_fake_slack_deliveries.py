"""What the fake sends to apps: who hears what, acknowledgements, retries, connections."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import NamedTuple

import pytest
from aiohttp import web

from fakes.clock import VirtualClock
from fakes.slack.apps import App
from fakes.slack.people import Person
from fakes.slack.raw import Raw, raw_client
from fakes.slack.server import FakeSlack
from fakes.slack.workspaces import Workspace
from fakes.slack.world import Channel

pytestmark = pytest.mark.usefixtures("unlimited")


class Request(NamedTuple):
    headers: dict[str, str]
    body: str


class Ear:
    """An HTTP endpoint that answers as it is told."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.status = 200
        self.headers: dict[str, str] = {}
        self.silent = False
        self.heard = asyncio.Event()

    async def hear(self, request: web.Request) -> web.Response:
        self.requests.append(Request(dict(request.headers), await request.text()))
        self.heard.set()
        if self.silent:
            await asyncio.Event().wait()
        return web.Response(status=self.status, headers=self.headers)


@asynccontextmanager
async def listening(app: App) -> AsyncIterator[Ear]:
    ear = Ear()
    server = web.Application()
    server.router.add_post("/events", ear.hear)
    runner = web.AppRunner(server, shutdown_timeout=0.1, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    app.listen(f"http://{host}:{port}/events")
    try:
        yield ear
    finally:
        await runner.cleanup()


async def test_a_mention_comes_twice_and_in_a_dm_once(
    slack: FakeSlack, app: App, ada: Person, general: Channel
) -> None:
    message = ada.post(general, f"{app.mention} hello")
    twins = [each.event for each in slack.deliveries.log]
    assert [(each["type"], each["ts"]) for each in twins] == [("message", message.ts), ("app_mention", message.ts)]
    assert slack.deliveries.log[0].payload["event_id"] != slack.deliveries.log[1].payload["event_id"]
    ada.post(ada.dm(app), f"{app.mention} hello")
    assert [each.event["type"] for each in slack.deliveries.log[2:]] == ["message"]
    assert slack.deliveries.log[2].event["channel_type"] == "im"


async def test_events_need_subscription_scope_and_membership(
    slack: FakeSlack, acme: Workspace, app: App, ada: Person
) -> None:
    deaf = slack.app(acme, name="deaf", events=("app_mention",))
    poor = slack.app(acme, name="poor", scopes=("chat:write",))
    room = acme.channel("room", ada, deaf, poor)
    ada.post(room, f"hi {deaf.mention}")
    ada.post(acme.channel("other", ada), f"hi {app.mention}")
    assert [(each.app.name, each.event["type"]) for each in slack.deliveries.log] == [("deaf", "app_mention")]


async def test_edits_deletions_and_reactions_are_heard(
    slack: FakeSlack, ada: Person, bob: Person, general: Channel
) -> None:
    message = ada.post(general, "one")
    ada.edit(message, "two")
    bob.react(message, "eyes")
    bob.unreact(message, "eyes")
    ada.delete(message)
    events = [each.event for each in slack.deliveries.log[1:]]
    assert [each.get("subtype", each["type"]) for each in events] == [
        "message_changed",
        "reaction_added",
        "reaction_removed",
        "message_deleted",
    ]
    assert (events[0]["previous_message"]["text"], events[0]["message"]["text"]) == ("one", "two")
    assert events[3]["deleted_ts"] == message.ts


async def test_what_is_not_acknowledged_over_a_socket_comes_again(
    raw: Raw, slack: FakeSlack, app: App, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    async with raw.socket(app) as socket:
        ada.post(general, "hello")
        first = await socket.frame()
        assert (first["type"], first["retry_attempt"]) == ("events_api", 0)
        await clock.advance(3)
        second = await socket.frame()
        assert (second["retry_attempt"], second["retry_reason"]) == (1, "timeout")
        assert second["envelope_id"] != first["envelope_id"]
        assert second["payload"]["event_id"] == first["payload"]["event_id"]
        await clock.advance(3 + 59)
        assert slack.deliveries.log[0].attempts == 2
        await clock.advance(1)
        await socket.ack(await socket.frame())
        await slack.deliveries.quiet()
    assert slack.deliveries.log[0].acknowledged


async def test_after_three_retries_it_is_given_up(
    raw: Raw, slack: FakeSlack, app: App, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    async with raw.socket(app) as socket:
        ada.post(general, "hello")
        for wait in (3, 3, 60 + 3, 300 + 3):
            if wait < 60:
                await socket.frame()
            await clock.advance(wait)
        (delivery,) = slack.deliveries.log
        await slack.world.until(lambda: delivery.done)
    assert (delivery.given_up, delivery.attempts, delivery.failures) == (True, 4, ["timeout"] * 4)


async def test_requests_over_http_are_signed(slack: FakeSlack, app: App, ada: Person, general: Channel) -> None:
    async with listening(app) as ear:
        ada.post(general, "hello")
        ada.slash(general, "/trunk", "new")
        await slack.deliveries.quiet()
    for headers, body in ear.requests:
        signed = f"v0:{headers['X-Slack-Request-Timestamp']}:{body}".encode()
        digest = hmac.new(app.signing_secret.encode(), signed, hashlib.sha256).hexdigest()
        assert headers["X-Slack-Signature"] == f"v0={digest}"
    assert {each.headers["Content-Type"] for each in ear.requests} == {
        "application/json",
        "application/x-www-form-urlencoded",
    }


async def test_retries_over_http_say_so_and_can_be_declined(
    slack: FakeSlack, app: App, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    async with listening(app) as ear:
        ear.status = 500
        ada.post(general, "hello")
        await slack.world.until(lambda: slack.deliveries.log[0].attempts == 2)
        await clock.somebody_sleeps()
        await slack.world.until(lambda: len(slack.deliveries.log[0].failures) == 2)
        retried = ear.requests[1].headers
        assert (retried["X-Slack-Retry-Num"], retried["X-Slack-Retry-Reason"]) == ("1", "http_error")
        assert json.loads(ear.requests[0].body)["event_id"] == json.loads(ear.requests[1].body)["event_id"]
        ear.headers = {"X-Slack-No-Retry": "1"}
        ada.post(general, "again")
        await slack.world.until(lambda: slack.deliveries.log[1].done)
        assert (slack.deliveries.log[1].attempts, slack.deliveries.log[1].given_up) == (1, True)


async def test_silence_over_http_is_a_timeout(
    slack: FakeSlack, app: App, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    async with listening(app) as ear:
        ear.silent = True
        act = ada.slash(general, "/trunk")
        await asyncio.wait_for(ear.heard.wait(), 10)
        await clock.advance(3)
        await act.answered()
    assert act.failed, "a command is tried once"
    assert act.delivery is not None
    assert act.delivery.failures == ["http_timeout"]


async def test_each_event_goes_to_one_of_ten_connections(
    raw: Raw, slack: FakeSlack, app: App, ada: Person, general: Channel
) -> None:
    async with raw.socket(app) as one, raw.socket(app) as two:
        assert (one.hello["num_connections"], two.hello["num_connections"]) == (1, 2)
        ada.post(general, "a")
        ada.post(general, "b")
        heard = [(await each.next())["payload"]["event"]["text"] for each in (one, two)]
        assert sorted(heard) == ["a", "b"]
        rest = [await raw.call("apps.connections.open", token=app.app_token) for _ in range(9)]
        sockets = [await raw.session.ws_connect(each["url"]) for each in rest]
        last = await sockets[-1].receive_json()
        assert last == {"type": "disconnect", "reason": "too_many_websockets"}
        for socket in sockets:
            await socket.close()


async def test_connections_are_warned_refreshed_and_dropped(
    raw: Raw, slack: FakeSlack, app: App, ada: Person, general: Channel
) -> None:
    async with raw.socket(app) as old:
        await slack.sockets.warn(app)
        assert (await old.frame())["reason"] == "warning"
        await slack.sockets.refresh(app)
        assert (await old.frame())["reason"] == "refresh_requested"
        ada.post(general, "later")
        async with raw.socket(app) as new:
            assert (await new.next())["payload"]["event"]["text"] == "later"
            ada.post(general, "cut")
            unacknowledged = await new.frame()
            slack.sockets.drop(app)
            await slack.world.until(lambda: not slack.sockets.connections)
        async with raw.socket(app) as newest:
            again = await newest.next()
    assert again["payload"]["event_id"] == unacknowledged["payload"]["event_id"]
    assert again["retry_attempt"] == 1


async def test_an_event_can_come_again_or_late(
    raw: Raw, slack: FakeSlack, app: App, ada: Person, general: Channel
) -> None:
    async with raw.socket(app) as socket:
        slack.deliveries.paused = True
        ada.post(general, "late")
        slack.deliveries.resume()
        first = await socket.next()
        slack.deliveries.again(slack.deliveries.log[0])
        second = await socket.next()
    assert (first["payload"], second["retry_attempt"]) == (second["payload"], 1)


async def test_sockets_need_the_app_token(raw: Raw, app: App) -> None:
    assert (await raw.call("apps.connections.open")).error == "not_allowed_token_type"
    assert (await raw.call("apps.connections.open", token="xapp-wrong")).error == "invalid_auth"
    assert (await raw.call("chat.postMessage", token=app.app_token, channel="C", text="x")).error == (
        "not_allowed_token_type"
    )


async def test_slack_connect_says_whose_words_they_are(
    slack: FakeSlack, acme: Workspace, app: App, general: Channel
) -> None:
    other = slack.workspace("other")
    eve = other.person("eve")
    other.connect(general, eve)
    eve.post(general, "hello from outside")
    (delivery,) = slack.deliveries.log
    assert delivery.payload["is_ext_shared_channel"]
    assert (delivery.payload["team_id"], delivery.event["user_team"]) == (acme.id, other.id)


async def test_nothing_crosses_workspaces(slack: FakeSlack, acme: Workspace, app: App, ada: Person) -> None:
    other = slack.workspace("other")
    there = other.install(app)
    eve = other.person("eve")
    eve.post(eve.dm(app), "secret")
    assert [each.payload["team_id"] for each in slack.deliveries.log] == [other.id]
    async with raw_client(slack, app) as raw:
        blind = await raw.call("conversations.history", token=app.installs[acme.id].token, channel=eve.dm(app).id)
        assert blind.error == "channel_not_found"
        sees = await raw.call("conversations.history", token=there.token, channel=eve.dm(app).id)
        assert sees["messages"][0]["text"] == "secret"


async def test_group_dms_and_private_channels_are_told_apart(
    slack: FakeSlack, acme: Workspace, app: App, ada: Person, bob: Person
) -> None:
    ada.post(acme.group_dm(ada, bob, app), "three of us")
    ada.post(acme.channel("secret", ada, app, private=True), "nobody else")
    assert [each.event["channel_type"] for each in slack.deliveries.log] == ["mpim", "group"]


async def test_answers_say_which_scopes_a_token_has(raw: Raw, app: App) -> None:
    answer = await raw.call("auth.test")
    assert answer.headers["X-OAuth-Scopes"].split(",") == list(app.scopes)
