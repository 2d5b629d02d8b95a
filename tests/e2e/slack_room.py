"""A workspace on the fake Slack, and the real service with the Slack bridge in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

from fakes.slack.interactions import Act
from fakes.slack.people import Person
from fakes.slack.server import FakeSlack
from fakes.slack.world import Channel, Message
from trunkline.app import Service, open_service
from trunkline.settings import settings_type
from trunkline_bridges.slack import descriptor as slack_descriptor
from trunkline_bridges.web import descriptor as web_descriptor

PATIENCE = 20.0


class EnterSlack(Protocol):
    """Starts an app of `tests/apps` and a service for it; `options` are those of `[slack]`."""

    async def __call__(self, app: str, **options: Any) -> Workspace: ...


class Workspace:
    """A workspace with a channel and Ada in it. `app_url` is the address of the Gradio app."""

    def __init__(self, slack: FakeSlack) -> None:
        self.slack = slack
        self.app_url = ""
        self.acme = slack.workspace("acme")
        self.app = slack.app(self.acme, commands=("/trunkline",))
        self.ada: Person = self.acme.person("ada")
        self.general: Channel = self.acme.channel("general", self.ada, self.app)
        self.service: Service
        self.restart: Callable[[], Awaitable[None]]

    @property
    def dm(self) -> Channel:
        return self.ada.dm(self.app)

    def asks(self, text: str, *, channel: Channel | None = None, **more: Any) -> Message:
        """Ada mentions the bot, or writes to it where she need not."""
        where = channel or self.general
        return self.ada.post(where, text if where is self.dm else f"{self.app.mention} {text}", **more)

    async def answered(self, text: str, thread: Message, channel: Channel | None = None) -> Message:
        """The newest post of ours in a thread with that text, once the reply has ended."""

        def look() -> Message | None:
            for one in reversed(self.ada.sees(channel or self.general, thread.ts)):
                if (
                    one.ts != thread.ts
                    and text in self.ada.text(one)
                    and any("Retry" in label for label in self.labels(one))
                ):
                    return one
            return None

        found = await self.slack.world.until(look, PATIENCE)
        assert found is not None
        return found

    def labels(self, message: Message) -> list[str]:
        """The words on its buttons."""
        elements = [each for block in self.ada.blocks(message) for each in block.get("elements", ())]
        return [str(each["text"]["text"]) for each in elements if each.get("type") == "button"]

    def press(self, message: Message, words: str) -> Act:
        """Press the button with these words."""
        label = next(one for one in self.labels(message) if words in one)
        return self.ada.click(message, label)


@asynccontextmanager
async def slack_bridged(slack: FakeSlack, room: Workspace, given: dict[str, Any]) -> AsyncIterator[Service]:
    """The service with its Slack bridge, connected."""
    settings = settings_type([slack_descriptor, web_descriptor])(**given)
    async with open_service(settings, process="e2e") as service:
        await service.wire(slack_descriptor)
        running = asyncio.create_task(service.run())
        ready = asyncio.create_task(slack.sockets.connected(room.app))
        try:
            await asyncio.wait((running, ready), return_when=asyncio.FIRST_COMPLETED)
            assert not running.done(), running.exception()
            yield service
        finally:
            ready.cancel()
            running.cancel()
            await asyncio.gather(running, ready, return_exceptions=True)


def slack_tables(room: Workspace, app_url: str, folder: Path, **options: Any) -> dict[str, Any]:
    """Settings of a service for the fake; `options` are further ones of `[slack]`."""
    return {
        "apps": {"default": {"url": app_url}},
        "store": {"url": str(folder / "trunkline.db")},
        "turns": {"drain_s": 0},
        "slack": {
            "bot_token": room.app.token,
            "app_token": room.app.app_token,
            "api_url": room.slack.api,
            **options,
        },
    }
