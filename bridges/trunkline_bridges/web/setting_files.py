"""Files among an app's settings: a browser names an upload, the core holds the file. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias, cast

from trunkline import codec
from trunkline.errors import Denied
from trunkline.messages import Blob, Json, Media, MediaKind
from trunkline.words import words

from .identity import Upload

Attach: TypeAlias = Callable[[Mapping[str, Json]], Upload]


def with_uploads(values: Mapping[str, Json], held: Mapping[str, Json], attach: Attach) -> dict[str, Json]:
    """`values` with each upload they name as the file that `attach` finds, and the files of `held` as they are.

    `Denied` for a file that is neither: a visitor sets their own files only.
    """
    return {name: _value(value, held.get(name), attach) for name, value in values.items()}


def _value(value: Json, held: Json, attach: Attach) -> Json:
    if isinstance(value, list | tuple):
        return [_value(item, held, attach) for item in value]
    if not isinstance(value, Mapping):
        return value
    if isinstance(value.get("upload"), str):
        return _media(attach(value))
    if value.get("type") not in {"blob", "media", "app_file", "inline", "link"}:
        return value
    files: Sequence[Json] = held if isinstance(held, list | tuple) else (held,)
    for kept in files:
        if value == kept or _shows(value, kept, attach):
            return kept
    raise Denied(words("attachment_gone", name=str(value.get("name") or "The file")))


def _shows(value: Mapping[str, Json], kept: Json, attach: Attach) -> bool:
    """Whether a browser's file, named by the address that it was shown under, is the one that is kept."""
    source = value.get("source")
    if not isinstance(source, Mapping) or not isinstance(source.get("url"), str) or not isinstance(kept, Mapping):
        return False
    file = kept.get("source")
    return isinstance(file, Mapping) and attach(source).sha256 == file.get("sha256")


def _media(upload: Upload) -> Json:
    kind = cast("MediaKind", upload.kind)
    blob = Blob(upload.sha256, upload.size)
    return codec.encode(Media(kind, blob, name=upload.name, mime=upload.mime))
