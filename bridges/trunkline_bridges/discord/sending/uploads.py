"""The files of a post: from what `render` names to what a request holds.

What cannot be had or does not fit is told in a line instead; nothing here breaks a post.
"""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import PurePath
from typing import Any

from trunkline.bridge import MediaShelf
from trunkline.errors import MediaError
from trunkline.mime import mime_type
from trunkline.pictures import fit
from trunkline.plots import draw
from trunkline.words import words

from ..limits import ALT_TEXT, ATTACHMENTS, REQUEST, UPLOAD
from .rest import Part

_SNIFFED = 512


@dataclass(frozen=True, slots=True)
class Uploads:
    """`attachments` describe `parts` for the request; the rest is for `drafts.with_files`."""

    parts: tuple[Part, ...] = ()
    attachments: tuple[Mapping[str, Any], ...] = ()
    renamed: Mapping[str, str] | None = None
    missing: tuple[tuple[str, str], ...] = ()
    """Files that are not uploaded, each with the line in its place; with "" as its name a line for one that is."""


async def gather(wanted: Sequence[Mapping[str, Any]], shelf: MediaShelf, limit: int = UPLOAD) -> Uploads:
    """Read, draw and shrink the files of a body; `limit` is the most bytes of one of them."""
    parts: list[Part] = []
    alts: list[str] = []
    renamed: dict[str, str] = {}
    missing: list[tuple[str, str]] = []
    room = REQUEST
    for file in wanted:
        name = str(file.get("name") or "file")
        most = min(_number(file.get("limit"), limit), room)
        try:
            part, note = await _part(file, name, shelf, most)
        except MediaError as error:
            missing.append((name, _line(file, name, error)))
            continue
        if len(parts) == ATTACHMENTS or len(part.data) > most:
            missing.append((name, _line(file, name)))
            continue
        room -= len(part.data)
        if note:
            missing.append(("", note))
        if part.name != name:
            renamed[name] = part.name
        parts.append(part)
        alts.append(str(file.get("alt") or "")[:ALT_TEXT])
    attachments = tuple(
        {"id": str(place), "filename": part.name, **({"description": alt} if alt else {})}
        for place, (part, alt) in enumerate(zip(parts, alts, strict=True))
    )
    return Uploads(tuple(parts), attachments, renamed, tuple(missing))


async def _part(file: Mapping[str, Any], name: str, shelf: MediaShelf, limit: int) -> tuple[Part, str]:
    """The file, and what has to be said of it."""
    if "text" in file:
        return Part(name, str(file["text"]).encode(), _text_type(file, name)), ""
    if isinstance(plot := file.get("plot"), Mapping):
        drawn = await draw(str(plot.get("type", "")), str(plot.get("plot", "")), limit, plot_library)
        return Part(_with_ending(name, drawn.ending), drawn.data, drawn.mime), ""
    data = await shelf.read(str(file.get("sha256", "")))
    if file.get("shrink") and len(data) > limit:
        shrunk = await asyncio.to_thread(fit, data, limit)
        note = words("discord_upload_first_frame", name=name) if shrunk.still else ""
        return Part(_with_ending(name, shrunk.ending), shrunk.data, shrunk.mime), note
    # By content first: the name and what an app says may be wrong, and Discord shows by type.
    declared = str(file.get("mime") or "")
    return Part(name, data, mime_type("", name, data[:_SNIFFED]) if data else declared), ""


def plot_library(name: str) -> bytes | None:
    """The script of a plotting library, from those that the web bridge serves; None where it is not there."""
    folder = files("trunkline_bridges") / "web" / "static"
    if not folder.is_dir():
        return None
    found = next((one for one in folder.iterdir() if re.fullmatch(rf"{name}-[\w-]+\.js\.gz", one.name)), None)
    return gzip.decompress(found.read_bytes()) if found is not None else None


def _text_type(file: Mapping[str, Any], name: str) -> str:
    mime = mime_type(str(file.get("mime") or ""), name, b"text")
    return f"{mime}; charset=utf-8" if mime.startswith("text/") else mime


def _with_ending(name: str, ending: str) -> str:
    """The name with another ending; as it is where it has that one."""
    path = PurePath(name)
    same = {".jpeg": ".jpg"}.get(path.suffix.lower(), path.suffix.lower()) == ending
    return name if same else f"{path.stem or 'file'}{ending}"


def _line(file: Mapping[str, Any], name: str, error: MediaError | None = None) -> str:
    """What stands where the file would."""
    otherwise = str(file.get("otherwise") or "")
    if otherwise:
        return otherwise
    if error is not None and "plot" in file:
        return words("discord_upload_not_drawn", name=name, reason=error.user_message)
    return words("discord_upload_gone" if error is not None else "discord_upload_too_large", name=name)


def _number(value: Any, otherwise: int) -> int:
    return value if isinstance(value, int) and value > 0 else otherwise
