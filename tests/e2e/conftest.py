"""A real browser, the real service, real Gradio apps."""

from __future__ import annotations

import itertools
import logging
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Protocol

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, async_playwright, expect

from e2e.chat_page import ChatPage
from e2e.discord_room import Enter, Room, bridged, tables
from e2e.serving import served
from e2e.slack_room import EnterSlack, Over, Workspace, slack_bridged, slack_tables
from fakes.discord.server import running_discord
from fakes.fixtures import StartApp
from fakes.gradio_apps import Version
from fakes.slack.apps import AgentFeature
from fakes.slack.server import running_slack

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # A camera that shows a clock and a microphone that beeps.
    "--use-fake-device-for-media-stream",
)
PATIENCE_MS = 20_000
ALONE = frozenset(
    {
        *("notices", "slow_answer", "slow_stream", "talking_chat", "thinking_slowly", "too_much", "vote_buttons"),
        *("rated", "spoken_chat"),
    }
)
"""Apps that wait until a test lets them go on, or keep what a test looks at."""


class Serve(Protocol):
    """Starts a service for an app's address; gives its own. `web` are settings of `[web]`."""

    async def __call__(self, app_url: str, **web: Any) -> str: ...


class OpenChat(Protocol):
    """Serves an app, by its name in `tests/apps` or its address, and opens its page as a new visitor."""

    async def __call__(self, app: str, **web: Any) -> ChatPage: ...


class OpenTab(Protocol):
    """Opens the page of a running service in a visitor's browser."""

    async def __call__(self, visitor: BrowserContext, address: str) -> ChatPage: ...


class NewVisitor(Protocol):
    """A browser context: cookies, storage and visitor of its own."""

    async def __call__(self, **options: Any) -> BrowserContext: ...


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    chromium = shutil.which("chromium")
    assert chromium, "these tests drive Chromium: install Debian's package chromium (`make test` does)"
    expect.set_options(timeout=PATIENCE_MS)
    async with async_playwright() as playwright:
        running = await playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        yield running
        await running.close()


@pytest_asyncio.fixture(loop_scope="session")
async def new_visitor(browser: Browser) -> AsyncIterator[NewVisitor]:
    async with AsyncExitStack() as stack:

        async def visit(**options: Any) -> BrowserContext:
            context = await browser.new_context(locale="en-GB", **options)
            context.set_default_timeout(PATIENCE_MS)
            stack.push_async_callback(context.close)
            return context

        yield visit


@pytest_asyncio.fixture(loop_scope="session")
async def pages() -> AsyncIterator[list[ChatPage]]:
    """The pages a test opened: whatever it does, their consoles stay silent."""
    opened: list[ChatPage] = []
    yield opened
    complaints = [text for chat in opened for text in chat.complaints]
    assert not complaints, "the page's console is not silent"


@pytest_asyncio.fixture(loop_scope="session")
async def serve(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Serve]:
    """Services that end with the test, and log no error whatever browsers do."""
    names = (f"e2e-{number}" for number in itertools.count(1))
    async with AsyncExitStack() as stack:

        async def start(app_url: str, **web: Any) -> str:
            return await stack.enter_async_context(served(app_url, tmp_path, next(names), **web))

        yield start
    logged = [record for phase in ("setup", "call", "teardown") for record in caplog.get_records(phase)]
    errors = [record.getMessage() for record in logged if record.levelno >= logging.ERROR]
    assert not errors, "the service logged errors"


@pytest.fixture
def open_tab(pages: list[ChatPage]) -> OpenTab:
    async def open_page(visitor: BrowserContext, address: str) -> ChatPage:
        chat = ChatPage(await visitor.new_page(), address)
        pages.append(chat)
        await chat.open()
        return chat

    return open_page


@pytest.fixture
def start_app(gradio_app: StartApp, fresh_gradio_app: StartApp) -> StartApp:
    """Some apps are each test's own: what another left there would hold it up, or be taken for its own."""

    def start(name: str, version: Version = "6", **options: str) -> str:
        return (fresh_gradio_app if name in ALONE else gradio_app)(name, version, **options)

    return start


@pytest.fixture
def open_chat(serve: Serve, new_visitor: NewVisitor, open_tab: OpenTab, start_app: StartApp) -> OpenChat:
    async def serve_and_open(app: str, **web: Any) -> ChatPage:
        address = await serve(app if "://" in app else start_app(app), **web)
        return await open_tab(await new_visitor(), address)

    return serve_and_open


@pytest.fixture
async def enter(start_app: StartApp, tmp_path: Path) -> AsyncIterator[Enter]:
    """Rooms on a Discord of their own, with the real service in them."""
    async with AsyncExitStack() as stack:

        async def start(app: str, *, everywhere: bool = False, other: str = "", **options: Any) -> Room:
            room = Room(await stack.enter_async_context(running_discord()))
            room.app = app if "://" in app else start_app(app)
            if everywhere:
                options["channels"] = [str(room.general.id)]
            given = tables(room.discord, room.app, tmp_path, **options)
            if other:
                given["apps"]["other"] = {"url": start_app(other)}
            lives = await stack.enter_async_context(AsyncExitStack())

            async def restart() -> None:
                await lives.aclose()
                room.service = await lives.enter_async_context(bridged(room.discord, given))

            room.restart = restart
            await restart()
            return room

        yield start


@pytest.fixture
async def enter_slack(start_app: StartApp, tmp_path: Path) -> AsyncIterator[EnterSlack]:
    """Workspaces on a Slack of their own, with the real service in them."""
    async with AsyncExitStack() as stack:

        async def start(
            app: str,
            *,
            over: Over = "socket",
            agent: AgentFeature = "agent_view",
            other: str = "",
            **options: Any,
        ) -> Workspace:
            slack = await stack.enter_async_context(running_slack())
            room = Workspace(slack, over, agent)
            room.app_url = app if "://" in app else start_app(app)
            given = slack_tables(room, room.app_url, tmp_path, **options)
            if other:
                given["apps"]["other"] = {"url": start_app(other)}
            lives = await stack.enter_async_context(AsyncExitStack())

            async def again(**changes: Any) -> None:
                await lives.aclose()
                given["slack"] |= changes
                room.service = await lives.enter_async_context(slack_bridged(slack, room, given))

            room.again = again
            await again()
            return room

        yield start
