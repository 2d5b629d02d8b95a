"""The files of a post: from what `render` names to what a request holds.

What cannot be had or does not fit is told in a line instead; nothing here breaks a post.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final

from trunkline.bridge import MediaShelf
from trunkline.errors import MediaError, MediaGone
from trunkline.outgoing import libraries_in, outgoing
from trunkline.words import words

from ..limits import ALT_TEXT, ATTACHMENTS, REQUEST, UPLOAD
from .rest import Part


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


def left_out(wanted: Sequence[Mapping[str, Any]]) -> Uploads:
    """Nothing but the lines in place of the files: they may not be attached there."""
    lines = []
    for file in wanted:
        name = str(file.get("name") or "file")
        link = str(file.get("otherwise") or "") if file.get("linked") else ""
        lines.append((name, link or words("discord_upload_forbidden", name=name)))
    return Uploads(missing=tuple(lines))


async def _part(file: Mapping[str, Any], name: str, shelf: MediaShelf, limit: int) -> tuple[Part, str]:
    """The file, and what has to be said of it."""
    made = await outgoing(file, name, shelf, limit, plot_library)
    note = words("discord_upload_first_frame", name=name) if made.still else ""
    return Part(made.name, made.data, made.mime), note


plot_library: Final = libraries_in(files("trunkline_bridges") / "web" / "static")
"""The script of a plotting library, from those that the web bridge serves; None where it is not there."""


def _line(file: Mapping[str, Any], name: str, error: MediaError | None = None) -> str:
    """What stands where the file would."""
    if isinstance(error, MediaGone):
        # A link would lead to nothing.
        return words("discord_upload_gone", name=name)
    otherwise = str(file.get("otherwise") or "")
    if otherwise:
        return otherwise
    if error is not None and "plot" in file:
        return words("discord_upload_not_drawn", name=name, reason=error.user_message)
    return words("discord_upload_too_large", name=name)


def _number(value: Any, otherwise: int) -> int:
    return value if isinstance(value, int) and value > 0 else otherwise
