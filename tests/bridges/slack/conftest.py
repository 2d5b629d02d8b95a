"""A fake Slack for each test, one workspace with an app and two people, and pieces of the bridge."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fakes.clock import VirtualClock
from fakes.core import FolderShelf
from fakes.slack.apps import App
from fakes.slack.listening import Ears, Listener, listening
from fakes.slack.people import Person
from fakes.slack.pressing import Stage, pressing
from fakes.slack.raw import Raw, raw_client
from fakes.slack.sending import bridge_of, target
from fakes.slack.server import FakeSlack, running_slack
from fakes.slack.workspaces import Workspace
from fakes.slack.world import Channel, Message
from trunkline.bridge import Target
from trunkline_bridges.slack.bridge import SlackBridge


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
async def slack(clock: VirtualClock) -> AsyncIterator[FakeSlack]:
    async with running_slack(clock.now, clock.sleep) as running:
        yield running


@pytest.fixture
def unlimited(slack: FakeSlack) -> None:
    """No call is refused for coming too soon."""
    slack.limits.enabled = False


@pytest.fixture
def acme(slack: FakeSlack) -> Workspace:
    return slack.workspace("acme")


@pytest.fixture
def app(slack: FakeSlack, acme: Workspace) -> App:
    return slack.app(acme, commands=("/trunk",), shortcuts=("examples",), message_shortcuts=("retry",))


@pytest.fixture
def ada(acme: Workspace) -> Person:
    return acme.person("ada")


@pytest.fixture
def bob(acme: Workspace) -> Person:
    return acme.person("bob")


@pytest.fixture
def general(acme: Workspace, app: App, ada: Person, bob: Person) -> Channel:
    return acme.channel("general", ada, bob, app)


@pytest.fixture
async def raw(slack: FakeSlack, app: App) -> AsyncIterator[Raw]:
    async with raw_client(slack, app) as client:
        yield client


@pytest.fixture
async def core(slack: FakeSlack, app: App, clock: VirtualClock, tmp_path: Path) -> AsyncIterator[Listener]:
    """What the bridge tells; modules give it apps of their own."""
    made = Listener(slack, app, tmp_path, clock)
    yield made
    await made.end()


@pytest.fixture
async def stage(
    slack: FakeSlack, app: App, core: Listener, clock: VirtualClock, general: Channel
) -> AsyncIterator[Stage]:
    """The bridge hears all that people do, beside writing too."""
    async with pressing(slack, app, core, clock) as made:
        yield made


@pytest.fixture
async def ears(
    slack: FakeSlack, app: App, core: Listener, clock: VirtualClock, general: Channel
) -> AsyncIterator[Ears]:
    async with listening(slack, app, core, clock) as made:
        yield made


# Sending


@pytest.fixture
def shelf(tmp_path: Path) -> FolderShelf:
    return FolderShelf(tmp_path)


@pytest.fixture
async def bridge(
    slack: FakeSlack, app: App, clock: VirtualClock, shelf: FolderShelf
) -> AsyncIterator[SlackBridge]:
    made = bridge_of(slack, app, clock, shelf)
    yield made
    await made.close()


@pytest.fixture
def asked(ada: Person, general: Channel) -> Message:
    return ada.post(general, "tell me")


@pytest.fixture
def place(slack: FakeSlack, asked: Message, clock: VirtualClock) -> Target:
    """Where `asked` is answered."""
    return target(slack, asked, clock)
