"""What the app forbids is forbidden here, before it is called: length, files, their types and number.

Gradio's own page checks these in the browser only, so that a bridge has to do the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from .backend import Accepts
from .errors import AppRefused
from .messages import Media, Notice, Part, Text
from .words import words

_FAMILIES = frozenset({"image", "audio", "video", "text"})


@dataclass(frozen=True, slots=True)
class Accepted:
    """What may be sent, and sentences about what was left out."""

    parts: tuple[Part, ...]
    notices: tuple[Notice, ...] = ()


def accept(parts: tuple[Part, ...], accepts: Accepts) -> Accepted:
    """The parts the app takes; recordings are nothing for it. `AppRefused` when nothing is left or is too long."""
    texts = tuple(part for part in parts if isinstance(part, Text) and part.text.strip())
    files = tuple(part for part in parts if isinstance(part, Media) and not part.recording)
    length = sum(len(part.text) for part in texts)
    if accepts.max_length is not None and length > accepts.max_length:
        raise AppRefused(words("too_long", length=length, limit=accepts.max_length))
    kept, refused = _sort(files, accepts)
    if not accepts.text and texts:
        refused.append(words("no_text"))
        texts = ()
    if not texts and not kept:
        raise AppRefused(" ".join(refused) or words("empty"))
    return Accepted((*texts, *kept), tuple(Notice("warning", sentence) for sentence in refused))


def _sort(files: tuple[Media, ...], accepts: Accepts) -> tuple[tuple[Media, ...], list[str]]:
    if not files:
        return (), []
    refused: list[str] = []
    fitting = tuple(file for file in files if takes(accepts, file))
    others = tuple(file for file in files if not takes(accepts, file))
    if others and not accepts.files:
        refused.append(words("text_only", names=_names(others)))
    elif others:
        types = ", ".join(accepts.file_types)
        refused.append(words("wrong_type", types=types, names=_names(others)))
    if accepts.max_files is not None and len(fitting) > accepts.max_files:
        over = fitting[accepts.max_files :]
        fitting = fitting[: accepts.max_files]
        limit = words("one_file") if accepts.max_files == 1 else words("n_files", count=accepts.max_files)
        refused.append(words("too_many_files", limit=limit, names=_names(over)))
    return fitting, refused


def takes(accepts: Accepts, file: Media) -> bool:
    """Whether a message to the app may hold this file: one of its types, attached or recorded."""
    clip = accepts.microphone and (file.kind == "audio" or file.mime.lower().startswith("audio/"))
    return (accepts.files or clip) and fits(file, accepts.file_types)


def fits(file: Media, file_types: tuple[str, ...]) -> bool:
    """Whether a file is of one of Gradio's `file_types`: a family ("image"), an ending (".pdf") or a MIME type."""
    if not file_types:
        return True
    mime = file.mime.lower()
    family = mime.partition("/")[0]
    ending = PurePosixPath(file.name.lower()).suffix
    for wanted in (kind.strip().lower() for kind in file_types):
        if wanted in {"file", "*", "*/*"}:
            return True
        if wanted.startswith("."):
            if ending == wanted:
                return True
        elif wanted in _FAMILIES or wanted.endswith("/*"):
            if family == wanted.removesuffix("/*"):
                return True
        elif mime == wanted:
            return True
    return False


def _names(files: tuple[Media, ...]) -> str:
    return " and ".join(file.name or f"the {file.kind}" for file in files)
