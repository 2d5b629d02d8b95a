"""Slack over HTTP, on the web bridge's server: signed, just now, and not a second time."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from urllib.parse import urlencode

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp

from fakes.clock import VirtualClock
from fakes.slack.apps import App
from fakes.slack.errors import Json
from fakes.slack.listening import Ears, Listener, listening, options_of
from fakes.slack.people import Person
from fakes.slack.server import FakeSlack
from fakes.slack.workspaces import Workspace
from fakes.slack.world import Channel
from fakes.vault import MemoryVault, no_mount
from trunkline.errors import UsageError
from trunkline_bridges.slack.desk import Desk
from trunkline_bridges.slack.hearing.client import receive
from trunkline_bridges.slack.sending.api import Api

pytestmark = pytest.mark.usefixtures("unlimited")


class Pressed:
    """What reached Bolt's listeners."""

    def __init__(self) -> None:
        self.commands: list[str] = []

    def install(self, bolt: AsyncApp, _: Desk) -> None:
        async def on_command(ack: object, command: Json) -> None:
            await ack()  # type: ignore[operator]
            self.commands.append(command["text"])

        bolt.command("/trunk")(on_command)


@pytest.fixture
def pressed() -> Pressed:
    return Pressed()


@pytest.fixture
async def ears(
    slack: FakeSlack, app: App, core: Listener, clock: VirtualClock, general: Channel, pressed: Pressed
) -> AsyncIterator[Ears]:
    async with listening(slack, app, core, clock, http=True, listeners=pressed.install) as made:
        yield made


async def post(ears: Ears, body: str, headers: dict[str, str], path: str = "/slack/events") -> int:
    async with (
        aiohttp.ClientSession() as session,
        session.post(ears.url + path, data=body, headers=headers) as got,
    ):
        return got.status


def event_of(app: App, acme: Workspace, general: Channel, text: str) -> str:
    event = {"type": "message", "channel": general.id, "channel_type": "channel", "user": "U1", "ts": "1.1"}
    envelope = {"type": "event_callback", "team_id": acme.id, "api_app_id": app.id, "event_id": "Ev1"}
    return json.dumps(envelope | {"event": event | {"text": f"{app.mention} {text}"}, "event_time": 1})


async def test_slack_verifies_the_address_and_events_and_commands_come(
    ears: Ears, app: App, ada: Person, general: Channel, pressed: Pressed
) -> None:
    assert await ears.slack.deliveries.verify(app)
    ada.post(general, f"{app.mention} hello")
    await ears.hears("hello")
    ada.slash(general, "/trunk", "help")
    await ears.slack.deliveries.quiet()
    assert all(each.acknowledged for each in ears.slack.deliveries.log)
    await ears.passes(lambda: pressed.commands)


async def test_what_slack_did_not_sign_just_now_is_refused_and_touches_nothing(
    ears: Ears, app: App, acme: Workspace, general: Channel
) -> None:
    body = event_of(app, acme, general, "forged")
    good = ears.slack.deliveries.signed(app, body)
    kind = {"Content-Type": "application/json"}
    calls = len(ears.slack.calls)
    for headers in (
        {},
        {**good, "X-Slack-Signature": "v0=" + "0" * 64},
        {"X-Slack-Signature": good["X-Slack-Signature"]},
        {**good, "X-Slack-Request-Timestamp": "soon"},
        {**good, "X-Slack-Request-Timestamp": "²"},
        ears.slack.deliveries.signed(app, body, at=time.time() - 301),
        ears.slack.deliveries.signed(app, body, at=time.time() + 301),
        ears.slack.deliveries.signed(app, body + " "),
    ):
        encoded = {name: value.encode().decode("latin-1") for name, value in headers.items()}
        assert await post(ears, body, encoded | kind) == 401
    assert await post(ears, "\udcff".encode("utf-8", "surrogatepass").decode("latin-1"), good | kind) == 401
    assert ears.core.events == []
    assert len(ears.slack.calls) == calls
    assert await post(ears, body, good | kind) == 200
    await ears.hears("forged")


async def test_an_event_that_is_replayed_is_known_and_a_command_is_refused(
    ears: Ears, app: App, acme: Workspace, ada: Person, general: Channel, pressed: Pressed
) -> None:
    body = event_of(app, acme, general, "once")
    headers = ears.slack.deliveries.signed(app, body) | {"Content-Type": "application/json"}
    assert [await post(ears, body, headers) for _ in range(3)] == [200, 200, 200]
    await ears.hears("once")
    command: dict[str, str] = {"command": "/trunk", "text": "undo", "team_id": acme.id, "user_id": ada.id}
    form = urlencode(command | {"channel_id": general.id, "api_app_id": app.id})
    signed = ears.slack.deliveries.signed(app, form) | {"Content-Type": "application/x-www-form-urlencoded"}
    assert [await post(ears, form, signed) for _ in range(3)] == [200, 401, 401]
    await ears.passes(lambda: pressed.commands)
    assert pressed.commands == ["undo"]


async def test_a_team_that_did_not_install_the_app_reaches_nothing(
    ears: Ears, app: App, acme: Workspace, general: Channel
) -> None:
    body = event_of(app, acme, general, "from elsewhere").replace(acme.id, "T666")
    headers = ears.slack.deliveries.signed(app, body) | {"Content-Type": "application/json"}
    assert await post(ears, body, headers) == 200, "it is not sent again"
    await ears.slack.deliveries.quiet()
    assert ears.core.events == []


async def test_only_the_path_itself_is_answered(ears: Ears, app: App, acme: Workspace, general: Channel) -> None:
    body = event_of(app, acme, general, "hello")
    headers = ears.slack.deliveries.signed(app, body) | {"Content-Type": "application/json"}
    assert await post(ears, body, headers, "/slack/events/more") == 404
    async with aiohttp.ClientSession() as session, session.get(f"{ears.url}/slack/events") as got:
        assert got.status == 404
    async with aiohttp.ClientSession() as session, session.get(f"{ears.url}/slack/install") as got:
        assert got.status == 404, "one workspace is not installed by anybody"


async def test_what_is_not_stored_is_redelivered(ears: Ears, app: App, ada: Person, general: Channel) -> None:
    ears.core.store_down = True
    ada.post(general, f"{app.mention} hello")
    sent = ears.slack.deliveries.events("message")[-1]
    await ears.passes(lambda: len(sent.failures) >= 2)
    assert set(sent.failures) == {"http_error"}
    ears.core.store_down = False
    await ears.passes(lambda: sent.acknowledged)
    await ears.passes(lambda: all(each.done for each in ears.slack.deliveries.log))
    await ears.hears("hello")


async def test_the_path_is_given_back_when_the_bridge_ends(
    slack: FakeSlack, app: App, core: Listener, clock: VirtualClock
) -> None:
    async with listening(slack, app, core, clock, http=True) as ears:
        ears.running.cancel()
        await asyncio.wait({ears.running})
        assert await post(ears, "{}", {}) == 404


async def test_without_a_web_bridge_it_says_so(
    slack: FakeSlack, app: App, core: Listener, clock: VirtualClock
) -> None:
    made = options_of(slack, app, http=True)
    async with Api(made, clock) as api:
        desk = Desk(core, made, "demo", ("demo",), api, clock)
        with pytest.raises(UsageError, match="needs a web server"):
            await receive(desk, MemoryVault(clock.now), no_mount)
