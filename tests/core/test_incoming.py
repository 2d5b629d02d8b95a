"""Files that people attach, kept as media."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from fakes.core import FolderShelf
from trunkline.errors import MediaError, StoreError, TooLarge
from trunkline.incoming import fetch_all, shelve, too_large
from trunkline.messages import Blob, Media

PICTURE = Media("image", Blob("a" * 64, 1))


@dataclass
class File:
    name: str
    mime: str = ""
    alt: str = ""


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def test_the_others_come_though_one_cannot_be_had() -> None:
    async def fetch(name: str) -> Media:
        if name == "gone":
            raise MediaError("gone is gone.")
        return PICTURE

    assert await fetch_all(["a", "gone", "b"], fetch) == ((PICTURE, PICTURE), ("gone is gone.",))


async def test_without_a_store_nothing_was_received() -> None:
    async def fetch(name: str) -> Media:
        raise StoreError("The database is away.")

    with pytest.raises(StoreError):
        await fetch_all(["a"], fetch)


@pytest.mark.parametrize(
    ("file", "data", "spoken", "kind", "mime"),
    [
        (File("a.bin"), b"\x89PNG\r\n\x1a\nrest", "", "image", "image/png"),
        (File("a.txt"), b"words", "", "file", "text/plain"),
        (File("clip.mp4", "video/mp4"), b"\0\0\0\0ftypmp42", "A clip", "audio", "audio/mp4"),
        (File("empty"), b"", "", "file", "application/octet-stream"),
    ],
)
async def test_a_file_is_kept_as_what_it_is(
    tmp_path_factory: pytest.TempPathFactory, file: File, data: bytes, spoken: str, kind: str, mime: str
) -> None:
    shelf = FolderShelf(tmp_path_factory.mktemp("shelf"))
    media = await shelve(file, chunks(data[:8], data[8:]), shelf, 100, spoken=spoken)
    assert (media.kind, media.mime, media.alt) == (kind, mime, spoken)
    assert isinstance(media.source, Blob)
    assert await shelf.read(media.source.sha256) == data


async def test_too_much_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    shelf = FolderShelf(tmp_path_factory.mktemp("shelf"))
    with pytest.raises(TooLarge):
        await shelve(File("a.txt"), chunks(b"12345", b"67890"), shelf, 9)
    assert "a.txt" in too_large("a.txt", 9).user_message
