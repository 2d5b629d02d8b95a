"""Nothing is lost: it is stored before it is acknowledged, and connections come back."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from slack_bolt.async_app import AsyncApp
from structlog.testing import capture_logs

from fakes.clock import VirtualClock
from fakes.listening import media_of
from fakes.slack.apps import App
from fakes.slack.listening import Ears, Listener, listening, options_of
from fakes.slack.people import Person
from fakes.slack.server import FakeSlack
from fakes.slack.workspaces import Workspace
from fakes.slack.world import Channel
from trunkline.errors import SettingsError
from trunkline.words import words
from trunkline_bridges.slack import acting
from trunkline_bridges.slack.desk import Desk
from trunkline_bridges.slack.hearing.intake import STORING_SECONDS
from trunkline_bridges.slack.hearing.sockets import LOST_WATCHES, WATCH_SECONDS
from trunkline_bridges.slack.sending.api import Api

pytestmark = pytest.mark.usefixtures("unlimited")


# Stored before acknowledged


async def test_what_is_not_stored_is_not_acknowledged_and_comes_again(
    ears: Ears, app: App, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    ears.core.store_down = True
    ada.post(ada.dm(app), "hello")
    (sent,) = ears.slack.deliveries.events("message")
    await ears.passes(lambda: sent.failures == ["timeout", "timeout"])
    assert not sent.acknowledged
    ears.core.store_down = False
    await ears.passes(lambda: sent.acknowledged)
    await ears.hears("hello")


async def test_redeliveries_and_a_restart_give_one_turn(
    slack: FakeSlack, app: App, core: Listener, clock: VirtualClock, ada: Person, general: Channel
) -> None:
    async with listening(slack, app, core, clock) as ears:
        ada.post(general, f"{app.mention} once", files=[("a.txt", b"text")])
        await ears.hears("once")
        for sent in list(slack.deliveries.log):
            slack.deliveries.again(sent)
        await ears.hears("once")
    puts = core.media.puts
    async with listening(slack, app, core, clock) as ears:
        for sent in slack.deliveries.events("app_mention"):
            slack.deliveries.again(sent)
        await ears.hears("once")
    assert core.media.puts == puts == 1, "its file is not fetched again"


async def test_a_slow_file_is_waited_for_and_its_message_told_of_again_joins_the_first(
    ears: Ears, app: App, ada: Person, clock: VirtualClock
) -> None:
    gate = ears.slack.faults.hold("download")
    ada.post(ada.dm(app), "look", files=[("a.txt", b"text")])
    (sent,) = ears.slack.deliveries.events("message")
    await clock.somebody_sleeps()
    await clock.advance(STORING_SECONDS)
    ada.post(ada.dm(app), "and this")
    await clock.advance(3.0)
    assert not sent.acknowledged
    assert ears.core.texts == []
    gate.set()
    await ears.core.until(lambda: len(ears.core.texts) == 2)
    await clock.advance(400.0)
    first, _ = await ears.hears("look", "and this")
    assert [media.name for media in media_of(first)] == ["a.txt"]
    assert sent.acknowledged


async def test_events_that_nobody_waits_for_are_acknowledged(ears: Ears, app: App, ada: Person) -> None:
    ada.open_messages(app)
    ada.post(ada.dm(app), "hello")
    await ears.hears("hello")
    assert all(each.acknowledged for each in ears.slack.deliveries.log)


async def test_bolts_listeners_hear_the_rest(
    slack: FakeSlack, app: App, core: Listener, clock: VirtualClock, ada: Person
) -> None:
    opened: list[str] = []

    def listeners(bolt: AsyncApp, _: Desk) -> None:
        async def on_open(event: dict[str, str]) -> None:
            opened.append(event["tab"])

        bolt.event("app_home_opened")(on_open)

    async with listening(slack, app, core, clock, listeners=listeners) as ears:
        ada.open_home(app)
        ada.post(ada.dm(app), "hello")
        await ears.hears("hello")
        await slack.world.until(lambda: opened)
    assert opened == ["home"]


async def test_what_people_press_and_command_is_heard_beside_it(
    slack: FakeSlack, core: Listener, clock: VirtualClock, acme: Workspace, ada: Person
) -> None:
    app = slack.app(acme, commands=("/trunkline",), shortcuts=("tl_examples",))
    core.api = Api(options_of(slack, app), clock)
    async with listening(slack, app, core, clock, listeners=acting.install) as ears:
        ada.open_home(app)
        ada.slash(ada.dm(app), "/trunkline", "help")
        ada.post(ada.dm(app), "hello")
        await ears.hears("hello")
        assert all(each.acknowledged for each in slack.deliveries.log)
        await slack.world.until(lambda: ada.home(app))


async def test_nothing_that_people_write_is_logged(
    ears: Ears, app: App, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    with capture_logs() as logs:
        ears.core.store_down = True
        ada.post(general, f"{app.mention} my secret plan")
        await clock.advance(4.0)
        ears.core.store_down = False
        await clock.advance(400.0)
        await ears.hears("my secret plan")
    assert logs
    assert "secret plan" not in str(logs)
    assert app.token not in str(logs)


# Connections


async def test_a_lost_connection_comes_back_and_nothing_is_lost(
    ears: Ears, app: App, ada: Person, clock: VirtualClock
) -> None:
    ears.slack.sockets.drop(app)
    ada.post(ada.dm(app), "in between")
    await ears.hears("in between")
    await ears.slack.sockets.refresh(app)
    ada.post(ada.dm(app), "after the refresh")
    await ears.hears("in between", "after the refresh")
    assert ears.slack.sockets.opened == 3


async def test_a_client_that_gives_up_is_replaced(
    slack: FakeSlack, app: App, core: Listener, clock: VirtualClock, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with listening(slack, app, core, clock) as ears:
        slack.faults.error("apps.connections.open", "internal_error", times=1000)
        slack.sockets.drop(app)
        for _ in range(LOST_WATCHES):
            await clock.advance(WATCH_SECONDS)
        slack.faults.clear()
        ada.post(ada.dm(app), "anybody?")
        await ears.passes(lambda: core.texts)
        await ears.hears("anybody?")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"bot_token": "xoxb-wrong"}, "slack_token"),
        ({"app_token": "xapp-wrong"}, "slack_app_token"),
        ({"bot_token": ""}, "slack_no_token"),
        ({"app_token": ""}, "slack_no_connection"),
    ],
)
async def test_wrong_tokens_end_in_one_sentence(
    slack: FakeSlack,
    app: App,
    core: Listener,
    clock: VirtualClock,
    options: dict[str, Any],
    sentence: str,
) -> None:
    with pytest.raises(SettingsError) as refused:
        async with listening(slack, app, core, clock, **options):
            pass
    assert refused.value.user_message == words(sentence)


async def test_a_removed_app_ends_the_bridge_of_one_workspace(ears: Ears, app: App, acme: Workspace) -> None:
    acme.uninstall(app)
    async with asyncio.timeout(15):
        await asyncio.wait({ears.running})
    with pytest.raises(SettingsError) as ended:
        ears.running.result()
    assert ended.value.user_message == words("slack_revoked")
