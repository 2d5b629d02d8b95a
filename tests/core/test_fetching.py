"""The bytes of a reply's media are fetched once each, while the reply runs, and kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable
from pathlib import Path

from fakes.backend import ScriptedBackend, reply
from fakes.blobs import MemoryBlobs
from fakes.clock import settle
from trunkline.backend import FetchedFile
from trunkline.bridge import MediaShelf
from trunkline.errors import AppFailed, MediaError
from trunkline.fetching import MediaFetcher
from trunkline.messages import AppFile, Artifact, Blob, Inline, Link, Media, Reply, Thought

LIMIT = 100


class Shelf(MemoryBlobs):
    """A `MediaShelf` in memory."""

    async def put(self, data: bytes | AsyncIterable[bytes], *, mime: str, name: str, limit: int) -> Blob:
        assert isinstance(data, bytes)
        if len(data) > limit:
            raise MediaError(f"{name} is too large.")
        return self.add(data)

    def path(self, sha256: str) -> Path:
        return Path(sha256)


class SlowApp(ScriptedBackend):
    """Hands out files when the test lets it; counts how often each was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()
        self.asked_for: list[str] = []

    async def fetch(self, file: AppFile, limit: int) -> FetchedFile:
        self.asked_for.append(file.path)
        await self.gate.wait()
        return await super().fetch(file, limit)


def image(path: str, *, live: bool = False) -> Media:
    return Media("image", AppFile(path, live), name=path)


def source(of: Reply, part: int = 0) -> object:
    media = of.messages[0].parts[part]
    assert isinstance(media, Media)
    return media.source


async def test_what_streams_is_called_what_it_is() -> None:
    """Gradio calls every sound that streams an mp3, and sends AAC."""

    class Streaming(ScriptedBackend):
        async def fetch(self, file: AppFile, limit: int) -> FetchedFile:
            return FetchedFile(b"\xff\xf1", "audio/aac", "sound.aac")

    live = Media("audio", AppFile("live.m3u8", live=True), name="audio-stream.mp3", mime="audio/mpeg")
    async with asyncio.TaskGroup() as group:
        fetcher = MediaFetcher(Streaming(), Shelf(), LIMIT, group, lambda: None)
        (kept,) = (await fetcher.settle(reply(live), 5)).messages[0].media

    assert isinstance(kept.source, Blob)
    assert (kept.name, kept.mime) == ("sound.aac", "audio/aac")


async def test_a_file_is_fetched_once_and_stands_in_every_later_snapshot() -> None:
    app, shelf, shown = SlowApp(), Shelf(), asyncio.Event()
    app.files = {"a.png": b"a"}
    async with asyncio.TaskGroup() as group:
        fetcher = MediaFetcher(app, shelf, LIMIT, group, shown.set)
        first = fetcher.see(reply(image("a.png"), state="running"))
        await settle()
        fetcher.see(reply(image("a.png"), "and words", state="running"))
        assert isinstance(source(first), AppFile)
        app.gate.set()
        await asyncio.wait_for(shown.wait(), 5)
        assert isinstance(source(fetcher.see(reply(image("a.png"), "more", state="running"))), Blob)
        assert isinstance(source(await fetcher.settle(reply(image("a.png")), 5)), Blob)
    assert app.asked_for == ["a.png"]


async def test_what_is_still_written_is_fetched_only_when_it_is_whole() -> None:
    app, shelf = SlowApp(), Shelf()
    app.gate.set()
    app.files = {"live.m3u8": b"a"}
    async with asyncio.TaskGroup() as group:
        fetcher = MediaFetcher(app, shelf, LIMIT, group, lambda: None)
        fetcher.see(reply(image("live.m3u8", live=True), state="running"))
        await settle()
        assert app.asked_for == []
        assert isinstance(source(await fetcher.settle(reply(image("live.m3u8", live=True)), 5)), Blob)


async def test_inline_bytes_are_kept_and_links_are_left_alone() -> None:
    app, shelf = SlowApp(), Shelf()
    link = Media("image", Link("http://elsewhere.test/x.png"))
    async with asyncio.TaskGroup() as group:
        fetcher = MediaFetcher(app, shelf, LIMIT, group, lambda: None)
        settled = await fetcher.settle(reply(Media("image", Inline(b"abc"), mime="image/png"), link), 5)
    assert isinstance(source(settled, 0), Blob)
    assert source(settled, 1) == Link("http://elsewhere.test/x.png")
    assert app.asked_for == []


async def test_media_in_thoughts_and_artifacts_is_fetched_too() -> None:
    app, shelf = SlowApp(), Shelf()
    app.gate.set()
    app.files = {"a.png": b"a", "b.png": b"b"}
    artifacts = (Artifact("media", media=image("b.png")),)
    said = reply(Thought("Drawing", (image("a.png"),)))
    async with asyncio.TaskGroup() as group:
        fetcher = MediaFetcher(app, shelf, LIMIT, group, lambda: None)
        settled = await fetcher.settle(Reply(said.messages, artifacts, state="final"), 5)
    thought = settled.messages[0].parts[0]
    assert isinstance(thought, Thought)
    assert isinstance(thought.parts[0], Media)
    assert isinstance(thought.parts[0].source, Blob)
    assert settled.artifacts[0].media is not None
    assert isinstance(settled.artifacts[0].media.source, Blob)


async def test_what_cannot_be_had_says_why() -> None:
    app, shelf = SlowApp(), Shelf()
    app.gate.set()
    app.files = {"large.png": b"x" * (LIMIT + 1)}
    async with asyncio.TaskGroup() as group:
        fetcher = MediaFetcher(app, shelf, LIMIT, group, lambda: None)
        settled = await fetcher.settle(reply(image("gone.png"), image("large.png")), 5)
    errors = [part.error for part in settled.messages[0].parts if isinstance(part, Media)]
    assert errors == ["The app no longer has gone.png.", "large.png is larger than 100 bytes."]


async def test_an_app_that_fails_or_hangs_does_not_hold_the_reply() -> None:
    class Failing(SlowApp):
        async def fetch(self, file: AppFile, limit: int) -> FetchedFile:
            if file.path == "bad.png":
                raise AppFailed("The app failed.")
            return await super().fetch(file, limit)

    app: SlowApp = Failing()
    shelf: MediaShelf = Shelf()
    async with asyncio.TaskGroup() as group:
        fetcher = MediaFetcher(app, shelf, LIMIT, group, lambda: None)
        settled = await fetcher.settle(reply(image("bad.png"), image("slow.png")), 0.01)
    errors = [part.error for part in settled.messages[0].parts if isinstance(part, Media)]
    assert errors == ["The app failed.", "could not be fetched from the app"]


async def test_html_is_kept_as_a_file_once_it_no_longer_grows_and_stays_what_it_is() -> None:
    app, shelf = SlowApp(), Shelf()
    page = Media("html", spec="<b>bold</b>")
    async with asyncio.TaskGroup() as group:
        fetcher = MediaFetcher(app, shelf, LIMIT, group, lambda: None)
        assert source(fetcher.see(reply(page, state="running"))) is None
        settled = await fetcher.settle(reply(page), 5)
    media = settled.messages[0].parts[0]
    assert isinstance(media, Media)
    assert isinstance(media.source, Blob)
    assert (await shelf.read(media.source.sha256), media.spec, media.mime) == (
        b"<b>bold</b>",
        page.spec,
        "text/html",
    )


async def test_html_that_cannot_be_kept_is_shown_all_the_same() -> None:
    page = Media("html", spec="<b>" + "x" * LIMIT)
    async with asyncio.TaskGroup() as group:
        fetcher = MediaFetcher(SlowApp(), Shelf(), LIMIT, group, lambda: None)
        assert (await fetcher.settle(reply(page), 5)).messages[0].parts == (page,)
