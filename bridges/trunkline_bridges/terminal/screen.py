"""Where replies are shown: the seam between the conversation and its looks, and the two that draw nothing.

`live.py` has the screen of a terminal.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from trunkline.backend import AppProfile
from trunkline.messages import Json
from trunkline.quantities import seconds_text

from .console import Console
from .prompt import Line
from .wording import clean, ending_text, media_text, notice_text, numbered, will_change


class Screen(Protocol):
    """What a person or a program sees. Every method may raise `TerminalClosed`."""

    def begin(self, profile: AppProfile, *, introduce: bool) -> None:
        """Know who is talked to; with `introduce` say so."""
        ...

    def show(self, body: Mapping[str, Json]) -> None:
        """Show a snapshot of a reply (a body of `render.py`, its files saved once it is final)."""
        ...

    def echo(self, text: str) -> None:
        """Show what the person said."""
        ...

    def tell(self, text: str) -> None:
        """Answer the person, apart from the app."""
        ...

    def complain(self, text: str) -> None:
        """Say what was wrong with what the person did."""
        ...

    def type(self, line: Line | None, waiting: Sequence[str] = (), *, busy: bool = False) -> None:
        """Show the line being typed (None: nothing can be typed) and the messages that wait."""
        ...

    def refresh(self, *, resized: bool = False) -> None:
        """Time has passed, or the window has another size."""
        ...

    def close(self) -> None:
        """Leave the terminal as it was found."""
        ...


class _Quiet:
    """What only a screen does."""

    def begin(self, profile: AppProfile, *, introduce: bool) -> None:
        return

    def echo(self, text: str) -> None:
        return

    def type(self, line: Line | None, waiting: Sequence[str] = (), *, busy: bool = False) -> None:
        return

    def refresh(self, *, resized: bool = False) -> None:
        return


class JsonLines(_Quiet):
    """For programs: one JSON object a line for every snapshot. All else goes to standard error."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def show(self, body: Mapping[str, Json]) -> None:
        self._console.write(json.dumps(body, ensure_ascii=False) + "\n")

    def tell(self, text: str) -> None:
        self._console.warn(text)

    def complain(self, text: str) -> None:
        self._console.warn(f"trunkline: {text}")

    def close(self) -> None:
        return


class PlainText(_Quiet):
    """For pipes and files: the app's Markdown as it grows, without control signs.

    Of a running reply only what will stay is written. Where a snapshot does not begin with what was written,
    nothing more is, until the final is written as a whole.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._turn = -1
        self._written = ""

    def show(self, body: Mapping[str, Json]) -> None:
        if body["turn"] != self._turn:
            self.close()
            self._turn = int(str(body["turn"]))
        text = plain_text(body)
        if text.startswith(self._written):
            growth = text[len(self._written) :]
        elif body["final"]:
            growth = f"\n\n{text}"
        else:
            return
        if growth:
            self._console.write(growth)
            self._written = text
        if body["final"]:
            self.close()

    def tell(self, text: str) -> None:
        self.close()
        self._console.write(f"{text}\n\n")

    def complain(self, text: str) -> None:
        self._console.warn(f"trunkline: {text}")

    def close(self) -> None:
        """End the line of a reply that was begun."""
        if self._written:
            self._console.write("\n\n")
        self._written, self._turn = "", -1


def plain_text(body: Mapping[str, Any]) -> str:
    """A reply as text: its Markdown as it came. Of a running one what comes before anything that will change."""
    final = bool(body["final"])
    pieces: list[str] = []
    for part in body["parts"]:
        if not final and will_change(part):
            break
        pieces.append("\n".join(_lines(part)))
    else:
        if final:
            pieces += _after(body)
    return "\n\n".join(piece for piece in pieces if piece.strip())


def _after(body: Mapping[str, Any]) -> Iterator[str]:
    """What stands below the parts of a final."""
    for artifact in body["artifacts"]:
        yield "\n".join(_lines(artifact))
    for notice in body["notices"]:
        yield notice_text(notice)
    ending = ending_text(body)
    if ending:
        yield f"[{ending}]"
    yield numbered([str(option.get("label") or option["value"]) for option in body["options"]])


def _lines(part: Mapping[str, Any]) -> Iterator[str]:
    match part["type"]:
        case "text":
            yield clean(part["text"])
        case "media":
            yield f"[{media_text(part)}]"
        case "thought":
            seconds = part.get("duration")
            yield f"({clean(part['title'])}{'' if seconds is None else f', {seconds_text(seconds)}'})"
            for inner in part.get("parts", ()):
                yield from (f"  {line}" for text in _lines(inner) for line in text.split("\n"))
            if part.get("log"):
                yield f"  {clean(part['log'])}"
        case "artifact":
            yield from _artifact_lines(part)


def _artifact_lines(artifact: Mapping[str, Any]) -> Iterator[str]:
    if artifact.get("label"):
        yield clean(f"{artifact['label']}:")
    value = artifact.get("value")
    match artifact["kind"]:
        case "media":
            yield from _lines(artifact["media"])
        case "code":
            yield f"```{clean(artifact.get('language', ''))}\n{clean(str(value))}\n```"
        case "table" if isinstance(value, Mapping):
            rows = [value.get("headers", ()), *value.get("data", ())]
            yield from (clean(" | ".join(str(cell) for cell in row)) for row in rows)
        case "text":
            yield clean(str(value))
        case _:
            yield clean(json.dumps(value, ensure_ascii=False, indent=2))
