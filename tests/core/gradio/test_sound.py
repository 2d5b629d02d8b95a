"""Live sounds as their segments come, against scripted playlists."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from fakes.event_server import EventServer
from trunkline.errors import MediaError
from trunkline.gradio import sound
from trunkline.gradio.client import AppClient
from trunkline.gradio.files import AppFiles
from trunkline.gradio.session import AppSession
from trunkline.gradio.sound import Playlist, pieces_of, playlist_of
from trunkline.messages import AppFile

HEAD = "#EXTM3U\n#EXT-X-PLAYLIST-TYPE:EVENT\n"
FILE = AppFile("s/1/3/playlist.m3u8", live=True)


def playlist(*names: str, ended: bool = False) -> str:
    return HEAD + "".join(f"#EXTINF:1.0,\n{name}\n" for name in names) + ("#EXT-X-ENDLIST\n" if ended else "")


def test_a_playlist_is_its_segments_and_its_end() -> None:
    assert playlist_of(playlist("a.aac", "b.aac")) == Playlist(("a.aac", "b.aac"), False)
    assert playlist_of(playlist("a.aac?__sign=x%3D", ended=True)) == Playlist(("a.aac?__sign=x%3D",), True)


@pytest.mark.parametrize("name", ["../a.aac", "/a.aac", "http://elsewhere.test/a.aac", "//b/a.aac", "a b"])
def test_a_segment_is_never_fetched_from_elsewhere(name: str) -> None:
    with pytest.raises(MediaError):
        playlist_of(playlist(name))


@pytest.mark.parametrize("text", ["", "<html></html>", "a.aac\n"])
def test_what_is_no_playlist_is_refused(text: str) -> None:
    with pytest.raises(MediaError):
        playlist_of(text)


def listen(client: AppClient, session: AppSession | None, limit: int = 100) -> AsyncIterator[bytes]:
    return pieces_of(FILE, limit, AppFiles(client, None), client, session)


async def test_segments_come_in_their_order_to_the_end(server: EventServer, client: AppClient) -> None:
    server.segments = {"a.aac": b"one", "b.aac": b"two"}
    server.playlist = playlist("a.aac")
    heard = listen(client, None)

    assert await anext(heard) == b"one"
    server.playlist = playlist("a.aac", "b.aac", ended=True)
    assert [piece async for piece in heard] == [b"two"]


async def test_a_sound_that_nobody_makes_any_more_ends(server: EventServer, client: AppClient) -> None:
    """Gradio 5 never ends the playlist of a run that failed."""
    server.segments = {"a.aac": b"one"}
    server.playlist = playlist("a.aac")
    session = AppSession(client)

    async with asyncio.timeout(10):
        assert [piece async for piece in listen(client, session)] == [b"one"]
    await session.close()


async def test_a_playlist_that_stands_still_is_left(
    server: EventServer, client: AppClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sound, "LOOK_SECONDS", 0.001)
    monkeypatch.setattr(sound, "PATIENCE_SECONDS", 0.003)
    server.playlist = playlist()

    async with asyncio.timeout(10):
        assert [piece async for piece in listen(client, None)] == []


async def test_more_than_the_limit_is_refused(server: EventServer, client: AppClient) -> None:
    server.segments = {"a.aac": b"x" * 60, "b.aac": b"y" * 60}
    server.playlist = playlist("a.aac", "b.aac", ended=True)
    heard = listen(client, None)

    assert len(await anext(heard)) == 60
    with pytest.raises(MediaError):
        await anext(heard)
