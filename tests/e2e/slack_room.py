"""A workspace on the fake Slack, and the real service with the Slack bridge in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias

import aiohttp

from fakes.gradio_apps import call
from fakes.slack.apps import EVENTS, SCOPES, AgentFeature
from fakes.slack.interactions import Act
from fakes.slack.people import Person
from fakes.slack.server import FakeSlack
from fakes.slack.world import Channel, Message
from faults.processes import Killable, free_port, service_process
from trunkline.app import Service, open_service
from trunkline.settings import settings_type
from trunkline_bridges.slack import descriptor as slack_descriptor
from trunkline_bridges.slack.acting.menu import MESSAGE_SHORTCUTS, SHORTCUTS
from trunkline_bridges.slack.declared import ASSISTANT_EVENTS
from trunkline_bridges.web import descriptor as web_descriptor

PATIENCE = 20.0
Over: TypeAlias = Literal["socket", "http", "installed"]


class EnterSlack(Protocol):
    """Starts an app of `tests/apps` and a service for it; `options` are those of `[slack]`.

    `over`: events come over a socket, or over HTTP, with the token of the settings or those of installations.
    `agent` is what the Slack app is declared as, `other` a second Gradio app, by that name.
    """

    async def __call__(
        self,
        app: str,
        *,
        over: Over = "socket",
        agent: AgentFeature = "agent_view",
        other: str = "",
        **options: Any,
    ) -> Workspace: ...


class Workspace:
    """A workspace with a channel and Ada in it. `app_url` is the address of the Gradio app.

    `again` starts the service anew on the same store, with further options of `[slack]`.
    """

    def __init__(self, slack: FakeSlack, over: Over = "socket", agent: AgentFeature = "agent_view") -> None:
        self.slack = slack
        self.over = over
        self.app_url = ""
        self.url = f"http://127.0.0.1:{free_port()}"
        """Where the service is reached, where events come over HTTP."""
        self.acme = slack.workspace("acme")
        self.app = slack.app(
            *(() if over == "installed" else (self.acme,)),
            rotates=over == "installed",
            agent=agent,
            events=(*EVENTS, *ASSISTANT_EVENTS) if agent == "assistant_view" else EVENTS,
            scopes=(*SCOPES, "groups:read"),
            commands=("/trunkline", "/other"),
            shortcuts=tuple(SHORTCUTS),
            message_shortcuts=tuple(MESSAGE_SHORTCUTS),
        )
        if over != "socket":
            self.app.listen(f"{self.url}/slack/events")
        self.ada: Person = self.acme.person("ada", admin=over == "installed")
        self.general: Channel = self.acme.channel("general", self.ada)
        if over != "installed":
            self.ada.invite(self.general, self.app)
        self.service: Service
        self.running: asyncio.Task[None]
        self.again: Callable[..., Awaitable[None]]

    @property
    def dm(self) -> Channel:
        return self.ada.dm(self.app)

    def asks(self, text: str, *, channel: Channel | None = None, **more: Any) -> Message:
        """Ada mentions the bot, or writes to it where she need not."""
        where = channel or self.general
        return self.ada.post(where, text if where is self.dm else f"{self.app.mention} {text}", **more)

    async def restart(self) -> None:
        """The service ends, and starts again on the same store."""
        await self.again()

    async def ended(self) -> None:
        """Returns, or raises, as the service does that ends by itself."""
        await asyncio.wait_for(asyncio.shield(self.running), PATIENCE)

    async def until(self, holds: Callable[[], Any], seconds: float = PATIENCE) -> Any:
        """What `holds` gives as soon as that is something."""
        return await self.slack.world.until(holds, seconds)

    def ours(self, thread: Message, channel: Channel | None = None) -> list[Message]:
        """What the bot posted in a thread that Ada sees, the oldest first."""
        seen = self.ada.sees(channel or self.general, thread.ts)
        return [one for one in seen if one.app_id == self.app.id and one.ts != thread.ts and not one.only_for]

    async def shows(self, text: str, thread: Message, channel: Channel | None = None) -> Message:
        """The newest post of ours in a thread with that text, once there is one."""
        found: Message = await self.until(
            lambda: next((one for one in reversed(self.ours(thread, channel)) if text in self.ada.text(one)), None)
        )
        return found

    async def answered(self, text: str, thread: Message, channel: Channel | None = None) -> Message:
        """The newest post of ours in a thread with that text, once the reply has ended."""

        def look() -> Message | None:
            for one in reversed(self.ours(thread, channel)):
                if text in self.ada.text(one) and any("Retry" in label for label in self.labels(one)):
                    return one
            return None

        found: Message = await self.until(look)
        return found

    async def aside(self, text: str, who: Person | None = None, channel: Channel | None = None) -> Message:
        """The newest message with that text which one person alone sees."""
        person = who or self.ada

        def look() -> Message | None:
            seen = reversed(person.ephemerals(channel or self.general))
            return next((one for one in seen if text in person.text(one)), None)

        found: Message = await self.until(look)
        return found

    async def said(self, act: Act) -> str:
        """What an act is answered with, for Ada alone."""
        answer = await act.response()
        assert answer.only_for == self.ada.id
        return self.ada.text(answer)

    def command(self, words: str, channel: Channel | None = None) -> Act:
        """Ada uses our slash command."""
        return self.ada.slash(channel or self.general, "/trunkline", words)

    async def likes(self) -> list[Any]:
        """What the app, one that has that door, was told of likes so far."""
        return list(await call(self.app_url, "likes"))

    async def liked(self, before: Sequence[Any]) -> Any:
        """What it is told after that, once it is."""
        while len(found := await self.likes()) <= len(before):
            await asyncio.wait_for(self.service.router.idle(), PATIENCE)
        return found[len(before)][2]

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
        if room.over != "socket":
            await service.wire(web_descriptor)
        await service.wire(slack_descriptor)
        running = room.running = asyncio.create_task(service.run())
        ready = asyncio.create_task(_heard(slack, room))
        try:
            await asyncio.wait((running, ready), return_when=asyncio.FIRST_COMPLETED)
            assert not running.done(), running.exception()
            yield service
        finally:
            ready.cancel()
            running.cancel()
            await asyncio.gather(running, ready, return_exceptions=True)


async def _heard(slack: FakeSlack, room: Workspace) -> None:
    """Returns once the service hears: its socket is open, or its address answers."""
    if room.over == "socket":
        await slack.sockets.connected(room.app)
        return
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                if await slack.deliveries.verify(room.app):
                    return
            except aiohttp.ClientError:
                pass
            await asyncio.get_running_loop().run_in_executor(None, int)


def slack_tables(room: Workspace, app_url: str, folder: Path, **options: Any) -> dict[str, Any]:
    """Settings of a service for the fake; `options` are further ones of `[slack]`, `speech` is another table."""
    app, speech = room.app, options.pop("speech", {})
    given: dict[str, Any] = {"api_url": room.slack.api}
    given |= {"signing_secret": app.signing_secret} if room.over != "socket" else {"app_token": app.app_token}
    given |= (
        {"client_id": app.client_id, "client_secret": app.client_secret}
        if room.over == "installed"
        else {"bot_token": app.token}
    )
    return {
        "apps": {"default": {"url": app_url}},
        "store": {"url": str(folder / "trunkline.db")},
        "turns": {"drain_s": 0},
        "web": {
            "host": "127.0.0.1",
            "port": int(room.url.rpartition(":")[2]),
            "admin_port": 0,
            "public_url": room.url,
        },
        "speech": speech,
        "slack": {**given, **options},
    }


def lone_slack_service(room: Workspace, folder: Path) -> Killable:
    """`trunkline run --slack` in a process of its own, to be killed and started again on the same store."""
    return service_process(
        int(room.app_url.rstrip("/").rpartition(":")[2]),
        folder,
        "slack",
        ready='"bridge starts"',
        beside={"SLACK_BOT_TOKEN": room.app.token, "SLACK_APP_TOKEN": room.app.app_token},
        api_url=room.slack.api,
    )
