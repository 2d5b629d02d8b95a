"""Files: kept once, within limits, of a known type, gone when nobody needs them."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from fakes.stored import Desk
from trunkline.backend import BlobReader
from trunkline.bridge import MediaShelf
from trunkline.errors import MediaError
from trunkline.inbound import Say
from trunkline.media import GRACE_S, MediaStore, mime_type
from trunkline.messages import Blob, Media
from trunkline.store import Store, erasing, media_rows, people

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 20


@dataclass
class StillClock:
    """Time that moves only when told."""

    at: float = 1_000_000.0

    def now(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += seconds


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(tmp_path / "trunkline.db")
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


@pytest.fixture
def media(store: Store, clock: StillClock, tmp_path: Path) -> MediaStore:
    return MediaStore(tmp_path / "media", store, clock)


def files(media: MediaStore) -> list[Path]:
    root = media.path("0" * 64).parent.parent
    return [path for path in root.rglob("*") if path.is_file()]


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def test_bytes_come_back_by_their_hash(media: MediaStore) -> None:
    blob = await media.put(PNG, mime="image/png", name="cat.png", limit=0)
    assert blob == Blob(hashlib.sha256(PNG).hexdigest(), len(PNG))
    assert await media.read(blob.sha256) == PNG
    assert media.exists(blob.sha256)
    assert media.open_path(blob.sha256).read_bytes() == PNG
    record = await media.stat(blob.sha256)
    assert record is not None
    assert (record.size, record.mime, record.created) == (len(PNG), "image/png", 1_000_000.0)


async def test_it_is_what_backends_and_bridges_ask_for(media: MediaStore) -> None:
    reader: BlobReader = media
    shelf: MediaShelf = media
    blob = await shelf.put(b"x", mime="", name="", limit=1)
    assert await reader.read(blob.sha256) == b"x"


@pytest.mark.parametrize("sizes", [(), (0,), (1,), (3, 0, 5), (700_000, 700_000, 700_000)])
async def test_chunks_make_the_same_file_as_the_whole(media: MediaStore, sizes: tuple[int, ...]) -> None:
    parts = [bytes([65 + n]) * size for n, size in enumerate(sizes)]
    streamed = await media.put(chunks(*parts), mime="", name="", limit=10_000_000)
    assert streamed == await media.put(b"".join(parts), mime="", name="", limit=10_000_000)
    assert await media.read(streamed.sha256) == b"".join(parts)
    assert len(files(media)) == 1


async def test_the_same_bytes_at_the_same_time_are_kept_once(media: MediaStore) -> None:
    blobs = await asyncio.gather(*(media.put(PNG, mime="", name=f"{n}.png", limit=0) for n in range(8)))
    assert len(set(blobs)) == 1
    assert [path.read_bytes() for path in files(media)] == [PNG]


@pytest.mark.parametrize("streamed", [False, True])
async def test_a_file_above_the_limit_is_refused_in_words_and_leaves_nothing(
    media: MediaStore, streamed: bool
) -> None:
    data = chunks(b"x" * 900_000, b"x" * 900_000, b"x" * 800_000) if streamed else b"x" * 2_600_000
    with pytest.raises(MediaError, match=r"“big\.bin” is larger than 2\.5 MB; send a smaller file"):
        await media.put(data, mime="", name="big.bin", limit=2_500_000)
    assert files(media) == []
    exactly = await media.put(b"x" * 2_500_000, mime="", name="big.bin", limit=2_500_000)
    assert exactly.size == 2_500_000


@pytest.mark.parametrize(("limit", "words"), [(10, "10 bytes"), (25 * 2**20, "26.2 MB"), (2_000, "2 kB")])
async def test_limits_are_told_in_units_people_know(media: MediaStore, limit: int, words: str) -> None:
    with pytest.raises(MediaError, match=f"^The file is larger than {words};"):
        await media.put(b"x" * (limit + 1), mime="", name="", limit=limit)


async def test_a_sender_that_breaks_off_leaves_nothing(media: MediaStore) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * 2_000_000
        raise ConnectionResetError("gone")

    with pytest.raises(MediaError):
        await media.put(broken(), mime="", name="", limit=0)
    assert files(media) == []


async def test_a_disk_that_refuses_is_told_in_words(store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    blocked = MediaStore(tmp_path / "file", store)
    with pytest.raises(MediaError, match=r"“cat\.png” could not be kept: Not a directory"):
        await blocked.put(PNG, mime="", name="cat.png", limit=0)


@pytest.mark.parametrize("sha256", ["0" * 64, "", "../../etc/passwd", "A" * 64, "0" * 63, "0" * 64 + "\n"])
async def test_what_is_not_held_is_refused(media: MediaStore, sha256: str) -> None:
    with pytest.raises(MediaError, match="no longer held"):
        await media.read(sha256)
    with pytest.raises(MediaError, match="no longer held"):
        media.open_path(sha256)
    assert not media.exists(sha256)
    assert await media.stat(sha256) is None
    if sha256 != "0" * 64:
        with pytest.raises(ValueError, match="not a hex SHA-256"):
            media.path(sha256)


@pytest.mark.parametrize(
    ("declared", "name", "head", "kind"),
    [
        ("image/png", "x.txt", b"hello", "image/png"),
        ("Text/Plain; charset=utf-8", "", b"", "text/plain"),
        ("", "x.txt", PNG, "image/png"),
        ("application/octet-stream", "", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("nonsense", "", b"GIF89a..", "image/gif"),
        ('text/html"><script>', "", b"plain words", "text/plain"),
        ("", "", b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        ("", "", b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
        ("", "", b"\x00\x00\x00\x20ftypisom", "video/mp4"),
        ("", "", b"\x00\x00\x00\x20ftypM4A ", "audio/mp4"),
        ("", "", b"OggS\x00", "audio/ogg"),
        ("", "film.ogv", b"OggS\x00", "video/ogg"),
        (
            "",
            "talk.docx",
            b"PK\x03\x04",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        ("", "", b"PK\x03\x04", "application/zip"),
        ("", "", b"%PDF-1.7", "application/pdf"),
        ("", "data.csv", b"a,b\n1,2", "text/csv"),
        ("", "", "grüße ".encode() * 60 + "ü".encode()[:1], "text/plain"),
        ("", "", b"\x80\x81\x82\x83\x84", "application/octet-stream"),
        ("", "", b"a\x00b", "application/octet-stream"),
        ("", "", b"", "application/octet-stream"),
    ],
)
def test_types_are_declared_or_found_in_the_bytes_or_the_name(
    declared: str, name: str, head: bytes, kind: str
) -> None:
    assert mime_type(declared, name, head) == kind


async def test_collecting_spares_what_is_needed_and_what_is_new(
    media: MediaStore, store: Store, clock: StillClock
) -> None:
    needed, idle = [await media.put(data, mime="", name="", limit=0) for data in (b"needed", b"idle")]
    desk = Desk(store)
    await desk.accept(Say((Media("file", needed),)))
    clock.at += GRACE_S
    fresh = await media.put(b"fresh", mime="", name="", limit=0)
    assert await media.collect() == 0, "an hour is not over yet"
    clock.at += 1
    assert await media.collect() == 1
    assert [media.exists(blob.sha256) for blob in (needed, idle, fresh)] == [True, False, True]
    assert await media.stat(idle.sha256) is None
    with pytest.raises(MediaError):
        await media.read(idle.sha256)


async def test_putting_again_renews_a_file(media: MediaStore, clock: StillClock) -> None:
    blob = await media.put(b"again", mime="", name="", limit=0)
    clock.at += GRACE_S
    await media.put(b"again", mime="", name="", limit=0)
    clock.at += 1
    assert await media.collect() == 0
    assert media.exists(blob.sha256)


async def test_forgotten_files_go_without_grace(media: MediaStore, store: Store) -> None:
    blob = await media.put(b"private", mime="", name="", limit=0)
    desk = Desk(store)
    turn = (await desk.accept(Say((Media("file", blob),)))).turn
    await desk.answer(turn)
    assert (await store.write(people.forget, turn.speaker)).media == 1
    assert await media.collect() == 1
    assert not media.exists(blob.sha256)


async def test_more_than_one_batch_is_collected(media: MediaStore, store: Store, clock: StillClock) -> None:
    for number in range(230):
        await store.write(media_rows.touch, f"{number:064x}", 1, "text/plain", 0.0)
    assert await media.collect() == 230


async def test_what_a_dead_process_left_half_written_is_cleared(media: MediaStore, clock: StillClock) -> None:
    await media.put(b"x", mime="", name="", limit=0)
    left = media.path("0" * 64).parent.parent / "incoming" / "tmp123"
    left.write_bytes(b"half")
    await media.collect()
    assert left.exists(), "it may still be written to"
    clock.at = left.stat().st_mtime + GRACE_S + 1
    await media.collect()
    assert not left.exists()


async def test_no_order_of_putting_and_collecting_loses_a_wanted_file(
    media: MediaStore, store: Store, clock: StillClock
) -> None:
    """Each put file is there when `put` has returned, though collections run all the time."""

    async def keep_putting() -> None:
        for _ in range(25):
            blob = await media.put(b"wanted", mime="", name="", limit=0)
            assert media.exists(blob.sha256)
            await store.write(erasing.release_media, {blob.sha256})

    async def keep_collecting() -> None:
        for _ in range(50):
            await media.collect()

    async with asyncio.TaskGroup() as group:
        group.create_task(keep_putting())
        group.create_task(keep_collecting())
