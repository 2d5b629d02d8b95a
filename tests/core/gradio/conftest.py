"""A scripted app for each test, and a client of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from fakes.event_server import EventServer
from trunkline.gradio.client import AppClient


@pytest.fixture
async def server() -> AsyncIterator[EventServer]:
    async with EventServer() as running:
        yield running


@pytest.fixture
async def client(server: EventServer) -> AsyncIterator[AppClient]:
    opened = AppClient(server.url)
    yield opened
    await opened.close()
