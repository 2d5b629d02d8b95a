"""A bridge and a Slack in virtual time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fakes.clock import VirtualClock
from fakes.core import FolderShelf
from fakes.slack.apps import App
from fakes.slack.people import Person
from fakes.slack.sending import options_of, target
from fakes.slack.server import FakeSlack
from fakes.slack.world import Channel, Message
from fakes.vault import MemoryVault, no_mount
from fakes.virtual import InVirtualTime, UnderWay
from trunkline.bridge import Target
from trunkline_bridges.slack.bridge import SlackBridge
from trunkline_bridges.slack.options import SlackOptions
from trunkline_bridges.slack.render import render
from trunkline_bridges.slack.sending.api import Api


class WatchedApi(Api):
    """Tells which calls are under way."""

    def __init__(self, options: SlackOptions, clock: VirtualClock, under_way: UnderWay) -> None:
        super().__init__(options, clock)
        self._under_way = under_way

    async def _send(self, method: str, token: str, arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        async with self._under_way.call():
            return await super()._send(method, token, arguments)


class Virtual(InVirtualTime):
    """A running fake with one person and a channel, and a bridge that delivers there and to the person."""

    def __init__(self, slack: FakeSlack, clock: VirtualClock, folder: Path, **options: Any) -> None:
        under_way = UnderWay()
        super().__init__(clock, under_way, render)
        self.slack = slack
        # When a message was posted stands in its `ts`, and streams are rolled over by that.
        slack.world._offset = 0.0
        slack.deliveries.paused = True
        self.acme = slack.workspace("acme")
        self.app: App = slack.app(self.acme)
        self.ann: Person = self.acme.person("Ann")
        self.general: Channel = self.acme.channel("general", self.ann, self.app)
        self.options: SlackOptions = options_of(slack, self.app, **options)
        self.api = WatchedApi(self.options, clock, under_way)
        self.bridge: SlackBridge = SlackBridge(
            self.options,
            default_app="app",
            media=FolderShelf(folder),
            vault=MemoryVault(clock.now),
            mount=no_mount,
            clock=clock,
            api=self.api,
        )

    def asked(self, text: str, *, direct: bool = False) -> tuple[Message, Target]:
        """Somebody asks, in the channel or directly; where that is answered."""
        message = self.ann.post(self.ann.dm(self.app) if direct else self.general, text)
        return message, target(self.slack, message, self.clock, native=direct)


@asynccontextmanager
async def virtual_slack(folder: Path, **options: Any) -> AsyncIterator[Virtual]:
    clock = VirtualClock()
    async with FakeSlack(clock.now).served() as slack:
        made = Virtual(slack, clock, folder, **options)
        try:
            yield made
        finally:
            await made.bridge.close()
