"""Sounds of an app are heard while they come over the line, be they whole files."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

import pytest

from fakes.event_server import EventServer
from trunkline.errors import MediaError
from trunkline.gradio.client import AppClient
from trunkline.gradio.files import AppFiles
from trunkline.gradio.sound import pieces_of
from trunkline.messages import AppFile

WHOLE, LIVE = AppFile("said.mp3"), AppFile("s/1/3/playlist.m3u8", live=True)
SOUND = bytes(range(250)) * 4


@pytest.fixture(params=[WHOLE, LIVE], ids=["whole", "live"])
def file(request: pytest.FixtureRequest, server: EventServer) -> AppFile:
    server.segments = {"said.mp3": SOUND, "a.aac": SOUND}
    server.playlist = "#EXTM3U\n#EXTINF:1.0,\na.aac\n#EXT-X-ENDLIST\n"
    found: AppFile = request.param
    return found


def listen(client: AppClient, file: AppFile, limit: int = 10_000) -> AsyncGenerator[bytes, None]:
    return pieces_of(file, limit, AppFiles(client, None), client, None)


async def test_the_first_half_is_heard_before_there_is_a_second(
    server: EventServer, client: AppClient, file: AppFile
) -> None:
    server.halfway = asyncio.Event()
    async with aclosing(listen(client, file)) as pieces, asyncio.timeout(10):
        first = await anext(pieces)
        assert first == SOUND[: len(first)]
        assert 0 < len(first) <= len(SOUND) // 2
        server.halfway.set()
        assert first + b"".join([piece async for piece in pieces]) == SOUND


async def test_who_listens_no_more_leaves_no_connection(
    server: EventServer, client: AppClient, file: AppFile
) -> None:
    server.halfway = asyncio.Event()
    async with aclosing(listen(client, file)) as pieces, asyncio.timeout(10):
        await anext(pieces)
    server.halfway = None
    assert b"".join([piece async for piece in listen(client, file)]) == SOUND


async def test_more_than_the_limit_is_refused_while_it_comes(
    server: EventServer, client: AppClient, file: AppFile
) -> None:
    server.halfway = asyncio.Event()
    server.halfway.set()
    with pytest.raises(MediaError, match="is larger than"):
        assert [piece async for piece in listen(client, file, len(SOUND) - 1)]


@pytest.fixture
async def signed_in(server: EventServer) -> AsyncIterator[AppClient]:
    server.password = "right"
    client = AppClient(server.url, auth=("ann", "right"))
    yield client
    await client.close()


async def test_an_app_that_asks_for_a_login_is_given_it(server: EventServer, signed_in: AppClient) -> None:
    server.segments = {"said.mp3": SOUND}
    assert b"".join([piece async for piece in listen(signed_in, WHOLE)]) == SOUND
    assert server.logins == 1


async def test_what_is_gone_is_told(server: EventServer, client: AppClient) -> None:
    with pytest.raises(MediaError):
        assert [piece async for piece in listen(client, AppFile("/no/such/file.mp3"))]
