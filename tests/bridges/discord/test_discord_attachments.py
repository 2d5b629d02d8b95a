"""Files that people attach: fetched once, from where Discord says, within a limit."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from fakes.clock import VirtualClock
from fakes.core import FolderShelf
from trunkline.errors import MediaError, StoreError
from trunkline.messages import Blob, Media
from trunkline.words import words
from trunkline_bridges.discord.facts import Attached
from trunkline_bridges.discord.hearing.attachments import TRIES, fetch_all
from trunkline_bridges.discord.options import DiscordOptions

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]
GONE = words("discord_file_gone", name="a.txt")


class Cdn:
    """Gives what a test tells it to, one answer after another; the last one again and again."""

    def __init__(self) -> None:
        self.answers: list[Answer] = [_text]
        self.asked: list[str] = []
        self.url = ""

    async def give(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path)
        answer = self.answers[0] if len(self.answers) == 1 else self.answers.pop(0)
        return await answer(request)

    def file(self, **known: object) -> Attached:
        return Attached(f"{self.url}/a.txt", "a.txt", **known)  # type: ignore[arg-type]


async def _text(_: web.Request) -> web.Response:
    return web.Response(body=b"text" * 10)


def status(code: int, **headers: str) -> Answer:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=code, headers=headers)

    return answer


async def endless(request: web.Request) -> web.StreamResponse:
    """More than it says."""
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(100):
        await response.write(b"x" * 1000)
    return response


async def broken(request: web.Request) -> web.StreamResponse:
    """Ends in the middle."""
    response = web.StreamResponse(headers={"Content-Length": "1000"})
    await response.prepare(request)
    await response.write(b"half")
    assert request.transport is not None
    request.transport.abort()
    return response


@pytest.fixture
async def cdn() -> AsyncIterator[Cdn]:
    made = Cdn()
    app = web.Application()
    app.router.add_get("/{name}", made.give)
    async with TestServer(app) as server:
        made.url = str(server.make_url("")).rstrip("/")
        yield made


@pytest.fixture
def free() -> VirtualClock:
    return VirtualClock(free=True)


OPTIONS = DiscordOptions(file_bytes=1000)


async def fetch(file: Attached, options: DiscordOptions, shelf: FolderShelf, clock: VirtualClock) -> Media:
    """One file, or the sentence why there is none."""
    media, reasons = await fetch_all((file,), options, shelf, clock)
    if reasons:
        raise MediaError(reasons[0])
    return media[0]


async def test_a_file_is_kept_with_what_is_known_of_it(cdn: Cdn, shelf: FolderShelf, free: VirtualClock) -> None:
    media = await fetch(cdn.file(alt="what it is"), OPTIONS, shelf, free)
    assert (media.kind, media.mime, media.name, media.alt) == ("file", "text/plain", "a.txt", "what it is")
    assert isinstance(media.source, Blob)
    assert await shelf.read(media.source.sha256) == b"text" * 10


@pytest.mark.parametrize("passing", [status(500), status(503), status(429), broken])
async def test_what_passes_is_tried_again(
    cdn: Cdn, shelf: FolderShelf, free: VirtualClock, passing: Answer
) -> None:
    cdn.answers = [passing, _text]
    media = await fetch(cdn.file(), OPTIONS, shelf, free)
    assert isinstance(media.source, Blob)
    assert media.source.size == 40
    assert len(cdn.asked) == 2


@pytest.mark.parametrize(
    ("final", "tries"), [(status(404), 1), (status(403), 1), (status(302, Location="/other"), 1), (broken, TRIES)]
)
async def test_what_does_not_pass_is_gone(
    cdn: Cdn, shelf: FolderShelf, free: VirtualClock, final: Answer, tries: int
) -> None:
    cdn.answers = [final]
    with pytest.raises(MediaError) as caught:
        await fetch(cdn.file(), OPTIONS, shelf, free)
    assert caught.value.user_message == GONE
    assert cdn.asked == ["/a.txt"] * tries


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://host/a", "a.txt", ""])
async def test_only_web_addresses_are_fetched(shelf: FolderShelf, free: VirtualClock, url: str) -> None:
    with pytest.raises(MediaError, match="could not be fetched"):
        await fetch(Attached(url, "a.txt"), OPTIONS, shelf, free)


async def test_what_is_too_large_is_not_fetched_or_not_to_its_end(
    cdn: Cdn, shelf: FolderShelf, free: VirtualClock
) -> None:
    too_large = words("file_too_large", name="a.txt", size="1,000 bytes")
    with pytest.raises(MediaError) as caught:
        await fetch(cdn.file(size=1001), OPTIONS, shelf, free)
    assert (caught.value.user_message, cdn.asked) == (too_large, [])
    cdn.answers = [endless]
    with pytest.raises(MediaError) as caught:
        await fetch(cdn.file(size=10), OPTIONS, shelf, free)
    assert caught.value.user_message == too_large


async def test_of_many_files_each_is_told_apart(cdn: Cdn, shelf: FolderShelf, free: VirtualClock) -> None:
    files = [cdn.file(size=2000 if number == 1 else 0) for number in range(10)]
    media, reasons = await fetch_all(files, OPTIONS, shelf, free)
    assert (len(media), len(reasons)) == (9, 1)


async def test_a_full_disk_is_said_and_a_store_that_is_down_raised(
    cdn: Cdn, shelf: FolderShelf, free: VirtualClock
) -> None:
    shelf.full = True
    assert (await fetch_all([cdn.file()], OPTIONS, shelf, free))[1] == (
        "a.txt could not be kept: the disk is full.",
    )

    class Down(FolderShelf):
        async def put(self, *_: object, **__: object) -> Blob:
            raise StoreError("The database does not answer.")

    with pytest.raises(StoreError):
        await fetch_all([cdn.file(), cdn.file()], OPTIONS, Down(Path()), free)
