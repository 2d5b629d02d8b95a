"""Files of replies on the disk, and files of the disk for messages."""

from __future__ import annotations

import asyncio
import json
import mimetypes
import re
import tempfile
from collections.abc import Iterable, Mapping
from itertools import count
from pathlib import Path
from typing import Any, cast

from trunkline.bridge import MediaShelf
from trunkline.errors import MediaError, UsageError
from trunkline.messages import Json, Media
from trunkline.mime import media_kind
from trunkline.words import words

from .limits import FILE_BYTES
from .options import TerminalOptions
from .render import media_in

_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f/\\:*?\"<>|]+")
_LONGEST_NAME = 120


class Saved:
    """The folder that a conversation's files are saved in; it is made when the first one comes."""

    def __init__(self, options: TerminalOptions) -> None:
        if options.save:
            self._folder: Path | None = Path(options.save)
        elif options.conversation:
            self._folder = Path(safe_name(options.conversation, "conversation"))
        else:
            self._folder = None
        self._paths: dict[str, Path] = {}
        self._used = False

    @property
    def folder(self) -> Path | None:
        """Where files go, from the root; None while nobody has said so and none has come."""
        return self._folder.absolute() if self._folder is not None else None

    @property
    def used(self) -> bool:
        """Whether a file was saved."""
        return self._used

    def check(self) -> None:
        """`UsageError` when the folder cannot be one."""
        if self._folder is not None and self._folder.exists() and not self._folder.is_dir():
            raise UsageError(
                f"{self._folder} is no folder: files of replies cannot be saved there. Choose another."
            )

    async def keep(self, body: Mapping[str, Json], shelf: MediaShelf) -> Mapping[str, Json]:
        """The body with the `path` of each of its files, saved; with an `error` for what could not be."""
        told: dict[int, Json] = {}
        for media in media_in(body):
            told[id(media)] = {**media, **await self._told(media, shelf)}
        return cast("Mapping[str, Json]", _replaced(body, told)) if told else body

    async def _told(self, media: Mapping[str, Any], shelf: MediaShelf) -> dict[str, Json]:
        source, spec = media.get("source") or {}, media.get("spec")
        name = str(media.get("name") or media.get("alt") or media["kind"])
        try:
            if source.get("type") == "blob":
                sha256 = str(source["sha256"])
                key = f"{sha256}/{name}"
                if key not in self._paths:
                    file = _named(name, str(media.get("mime", "")))
                    self._paths[key] = await asyncio.to_thread(self._write, file, await shelf.read(sha256))
                return {"path": str(self._paths[key])}
            if spec is not None:
                text, ending = (spec, "html") if isinstance(spec, str) else (json.dumps(spec), "json")
                path = await asyncio.to_thread(self._write, f"{safe_name(name, 'plot')}.{ending}", text.encode())
                return {"path": str(path)}
        except OSError as error:
            return {"error": words("media_not_saved", reason=error.strerror or error)}
        except MediaError as error:
            return {"error": error.user_message}
        return {}

    def _write(self, name: str, data: bytes) -> Path:
        """Save under the name, or under a numbered one where another file has it."""
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="trunkline-"))
        self._folder.mkdir(parents=True, exist_ok=True)
        self._used = True
        stem, dot, ending = name.rpartition(".") if "." in name else (name, "", "")
        for number in count(1):
            path = (self._folder / (name if number == 1 else f"{stem}-{number}{dot}{ending}")).absolute()
            try:
                with path.open("xb") as file:
                    file.write(data)
            except FileExistsError:
                if path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data:
                    return path
            else:
                return path
        raise AssertionError("there is always a further number")


class Attached:
    """Files that go with the next message."""

    def __init__(self) -> None:
        self._files: list[Media] = []

    def __bool__(self) -> bool:
        return bool(self._files)

    @property
    def is_sound(self) -> bool:
        """Nothing else is attached."""
        return all(file.kind == "audio" for file in self._files)

    def __str__(self) -> str:
        if not self._files:
            return words("nothing_attached")
        return words("attached", names=words("and").join(file.name for file in self._files))

    async def add(self, paths: Iterable[str], shelf: MediaShelf) -> None:
        """Read files of the disk, all or none. `UsageError` names the first that cannot be sent."""
        self._files += [await attachment(path, shelf) for path in paths]

    def take(self) -> tuple[Media, ...]:
        """The files; none is attached afterwards."""
        files, self._files = tuple(self._files), []
        return files


async def attachment(path: str, shelf: MediaShelf) -> Media:
    """A file of the disk as part of a message. `UsageError` when it cannot be read."""
    name, data = await asyncio.to_thread(_read, path)
    mime = mimetypes.guess_type(name)[0] or "application/octet-stream"
    try:
        blob = await shelf.put(data, mime=mime, name=name, limit=FILE_BYTES)
    except MediaError as error:
        raise UsageError(words("file_not_sent", path=path, reason=error.user_message)) from error
    return Media(media_kind(mime), blob, name=name, mime=mime)


def _read(path: str) -> tuple[str, bytes]:
    """A file's name and its bytes."""
    try:
        file = Path(path).expanduser()
        if file.is_file() and file.stat().st_size > FILE_BYTES:
            raise UsageError(words("path_too_large", path=path, limit=FILE_BYTES // 1024**2))
        return file.name, file.read_bytes()
    except FileNotFoundError as error:
        raise UsageError(words("path_missing", path=path)) from error
    except IsADirectoryError as error:
        raise UsageError(words("path_is_folder", path=path)) from error
    except OSError as error:
        raise UsageError(words("path_unreadable", path=path, reason=error.strerror or error)) from error
    except (RuntimeError, ValueError) as error:
        # No home folder to expand, or a name that no file can have.
        raise UsageError(words("path_unreadable", path=repr(path), reason=error)) from error


def safe_name(name: str, otherwise: str) -> str:
    """A name that is one step of a path, on any system; `otherwise` where nothing of it is left."""
    kept = _UNSAFE.sub("_", name.replace("\\", "/").rpartition("/")[2]).strip(" .")
    stem, dot, ending = kept.rpartition(".")
    if len(kept) > _LONGEST_NAME and dot and len(ending) < _LONGEST_NAME // 4:
        kept = f"{stem[: _LONGEST_NAME - len(ending)]}.{ending}"
    return kept[: _LONGEST_NAME + 1] or otherwise


def _named(name: str, mime: str) -> str:
    """The name with an ending, where its type has one."""
    safe = safe_name(name, "file")
    return safe if "." in safe else safe + (mimetypes.guess_extension(mime) or "")


def _replaced(value: Json, told: Mapping[int, Json]) -> Json:
    if id(value) in told:
        return told[id(value)]
    if isinstance(value, list | tuple):
        return [_replaced(item, told) for item in value]
    if isinstance(value, Mapping):
        return {
            name: _replaced(item, told) if name in {"parts", "artifacts", "media"} else item
            for name, item in value.items()
        }
    return value
