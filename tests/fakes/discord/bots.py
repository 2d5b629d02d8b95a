"""Runs a real discord.py client against the fake."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import discord as library

from fakes.discord.server import FakeDiscord


@asynccontextmanager
async def bot_on(discord: FakeDiscord, client: library.Client) -> AsyncIterator[library.Client]:
    """A client that is logged in, connected and ready; what ends its task is raised at the end of the block."""
    running = asyncio.create_task(client.start(discord.token))
    ready = asyncio.create_task(client.wait_until_ready())
    try:
        async with asyncio.timeout(20):
            await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
        if running.done():
            running.result()
        await ready
        yield client
    finally:
        ready.cancel()
        await client.close()
        await running
