"""Files that go with a reply: what they are called, which go together, and what names their posts. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from .bridge import Post
from .messages import Json

_NAME: Final = 80
_CONTENTS: Final = ("sha256", "text", "plot", "table")
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]+")
ENDINGS: Final = {
    "python": ".py", "py": ".py", "javascript": ".js", "typescript": ".ts", "html": ".html", "css": ".css",
    "json": ".json", "yaml": ".yaml", "markdown": ".md", "latex": ".tex", "shell": ".sh", "bash": ".sh",
    "dockerfile": ".dockerfile", "sql": ".sql", "c": ".c", "cpp": ".cpp", "rust": ".rs", "go": ".go", "r": ".r",
    "java": ".java", "jinja2": ".jinja", "xml": ".xml",
}  # fmt: skip
"""How files of code end, by their language as Gradio calls it."""


@dataclass(frozen=True, slots=True)
class File:
    """A file that is to be posted: its entry in a body's `files`, without the name's being unique yet."""

    name: str
    content: Mapping[str, Json]
    """`sha256`, `text`, `plot` or `table`, with what belongs to it."""
    size: int = 0
    """Bytes at most."""
    alt: str = ""
    caption: str = ""
    picture: bool = False
    group: str = ""

    @property
    def identity(self) -> str:
        """What makes it another file; addresses that expire and limits that change do not."""
        content = {key: value for key, value in self.content.items() if key in _CONTENTS}
        return json.dumps([self.name, self.alt, self.caption, content], sort_keys=True, ensure_ascii=False)


@dataclass(slots=True)
class Drawn:
    """What a medium or an artifact comes to: Markdown for the text ("" for none), and files."""

    text: str = ""
    files: list[File] = field(default_factory=list)


def whole_text(text: str) -> File:
    """A reply that is too long for its posts."""
    return File("reply.md", {"text": text}, len(text.encode("utf-8", "replace")))


def safe_name(name: str, ending: str = "") -> str:
    """A file's name as platforms keep it: ASCII, no folders, an ending; `ending` is for names without one."""
    path = PurePosixPath(name.replace("\\", "/").rsplit("/", 1)[-1])
    suffix = _UNSAFE.sub("", path.suffix)[:12] if len(path.suffix) > 1 else ""
    stem = _UNSAFE.sub("_", path.stem if suffix else path.name).strip("._-")[:_NAME] or "file"
    return stem + (suffix or ending)


def pretty(value: Json) -> str:
    """JSON as people read it."""
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)


def batches(files: Sequence[File], most: int, bytes_at_most: int) -> Iterator[list[File]]:
    """Files that go together: at most `most`, and of so many bytes; a group stays whole where it can."""
    batch: list[File] = []
    for group in _groups(files):
        for chunk in (group[start : start + most] for start in range(0, len(group), most)):
            if batch and not _fits([*batch, *chunk], most, bytes_at_most):
                yield batch
                batch = []
            for file in chunk:
                if batch and not _fits([*batch, file], most, bytes_at_most):
                    yield batch
                    batch = []
                batch.append(file)
    if batch:
        yield batch


def _groups(files: Iterable[File]) -> Iterator[list[File]]:
    group: list[File] = []
    for file in files:
        if group and not (file.group and file.group == group[-1].group):
            yield group
            group = []
        group.append(file)
    if group:
        yield group


def _fits(files: Sequence[File], most: int, bytes_at_most: int) -> bool:
    return len(files) <= most and sum(file.size for file in files) <= bytes_at_most


def entries_of(batch: Sequence[File]) -> list[dict[str, Json]]:
    """The `files` of a body, each under a name of its own."""
    taken: set[str] = set()
    entries: list[dict[str, Json]] = []
    for file in batch:
        begin, ending = name_parts(file.name)
        # The part before the ending differs: a picture may get another ending when it is made smaller.
        beginnings = (begin, *(f"{begin}-{number}" for number in range(2, len(batch) + 2)))
        free = next(one for one in beginnings if one.lower() not in taken)
        taken.add(free.lower())
        entries.append({"name": free + ending, "alt": file.alt, **file.content})
    return entries


def name_parts(name: str) -> tuple[str, str]:
    """A name's beginning and its ending, dot included; what begins or ends with its only dot has no ending."""
    begin, dot, ending = name.rpartition(".")
    return (begin, dot + ending) if begin and ending else (name, "")


def key_of(batch: Sequence[File], made: Sequence[Post]) -> str:
    content = hashlib.sha256("\n".join(file.identity for file in batch).encode("utf-8", "replace")).hexdigest()
    key = f"media:{content[:24]}"
    same = sum(post.key.startswith(key) for post in made)
    return f"{key}:{same}" if same else key
