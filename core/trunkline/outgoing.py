"""The bytes of a post's file, from what `render` names: read, written, drawn, or made smaller."""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import PurePath
from typing import Any, Final

from .bridge import MediaShelf
from .mime import mime_type
from .pictures import fit
from .plots import draw

_SNIFFED: Final = 512


@dataclass(frozen=True, slots=True)
class Outgoing:
    """`still`: of a moving picture only the first frame is left."""

    name: str
    data: bytes
    mime: str
    still: bool = False


async def outgoing(
    file: Mapping[str, Any], name: str, shelf: MediaShelf, limit: int, library: Callable[[str], bytes | None]
) -> Outgoing:
    """The file under its name, whose ending is what the bytes are. `MediaError` when it cannot be had.

    `file` has a "text", a "plot" (`{"type", "plot"}`) or a "sha256"; only pictures with "shrink" are made to fit
    `limit`. `library` gives the script of a plotting library.
    """
    if "text" in file:
        return Outgoing(name, str(file["text"]).encode("utf-8", "replace"), _text_type(file, name))
    if isinstance(plot := file.get("plot"), Mapping):
        drawn = await draw(str(plot.get("type", "")), str(plot.get("plot", "")), limit, library)
        return Outgoing(_with_ending(name, drawn.ending), drawn.data, drawn.mime)
    data = await shelf.read(str(file.get("sha256", "")))
    if file.get("shrink") and len(data) > limit:
        shrunk = await asyncio.to_thread(fit, data, limit)
        return Outgoing(_with_ending(name, shrunk.ending), shrunk.data, shrunk.mime, shrunk.still)
    # By content first: the name and what an app says may be wrong, and platforms show by type.
    declared = str(file.get("mime") or "")
    return Outgoing(name, data, mime_type("", name, data[:_SNIFFED]) if data else declared)


def libraries_in(folder: Traversable) -> Callable[[str], bytes | None]:
    """Gives the packed script of a plotting library by its name; None where the folder has none."""

    def library(name: str) -> bytes | None:
        if not folder.is_dir():
            return None
        found = next((one for one in folder.iterdir() if re.fullmatch(rf"{name}-[\w-]+\.js\.gz", one.name)), None)
        return gzip.decompress(found.read_bytes()) if found is not None else None

    return library


def _text_type(file: Mapping[str, Any], name: str) -> str:
    mime = mime_type(str(file.get("mime") or ""), name, b"text")
    return f"{mime}; charset=utf-8" if mime.startswith("text/") else mime


def _with_ending(name: str, ending: str) -> str:
    """The name with another ending; as it is where it has that one."""
    path = PurePath(name)
    same = {".jpeg": ".jpg"}.get(path.suffix.lower(), path.suffix.lower()) == ending
    return name if same else f"{path.stem or 'file'}{ending}"
