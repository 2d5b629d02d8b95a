"""A language model that needs no network: what it says depends only on what it is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any


def words(text: str) -> Iterator[str]:
    """`text` as it grows, word by word; the last is the whole."""
    parts = text.split(" ")
    for count in range(1, len(parts) + 1):
        yield " ".join(parts[:count])


def transcript(history: Any) -> list[str]:
    """A chat history, in whatever shape Gradio hands it over, as lines `role: what`."""
    lines: list[str] = []
    for entry in history or []:
        if isinstance(entry, (list, tuple)):
            for role, content in zip(("user", "assistant"), entry, strict=True):
                lines += [f"{role}: {piece}" for piece in pieces(content)]
        else:
            lines += [f"{speaker(entry)}: {piece}" for piece in pieces(field(entry, "content"))]
    return lines


def speaker(message: Any) -> str:
    title = field(field(message, "metadata") or {}, "title")
    return f"{field(message, 'role')} ({title})" if title else str(field(message, "role"))


def pieces(content: Any) -> list[str]:
    """What one content holds: text as it is, anything else by kind and name in angle brackets."""
    if content is None:
        return []
    if isinstance(content, str):
        return [content]
    if isinstance(content, list):
        return [piece for item in content for piece in pieces(item)]
    if isinstance(content, tuple):
        return [f"<file {Path(content[0]).name}>"]
    if field(content, "type") == "text":
        return [field(content, "text")]
    path = field(content, "path") or field(field(content, "file") or {}, "path")
    if path:
        return [f"<file {Path(path).name}>"]
    name = field(content, "component") or type(content).__name__.lower()
    return [f"<{name}>"]


def text_of(content: Any) -> str:
    """The words of a content, whatever shape Gradio gives it."""
    return "\n".join(pieces(content))


def field(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else getattr(value, name, None)
