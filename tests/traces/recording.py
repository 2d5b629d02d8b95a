"""Golden traces: what happened and what was called for it, as text that is compared with a file.

`TRACES=write pytest tests/traces` writes the files anew; look at the difference before it is kept.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from fakes.discord.calls import Call

FOLDER = Path(__file__).parent
_ID = re.compile(r"\b(?:\d{15,20}|\d{7,10}\.\d{6}|[A-Z]0[0-9A-F]{8})\b")
"""Discord's ids; Slack's timestamps and ids."""
_LONGEST = 90
"""Characters of a text that are written out; of longer ones the ends and the length."""


class Trace:
    """One timeline of events (`>`) and calls (`<`), in seconds since it began.

    `calls` is the fake's own list: where an event stands in it is noted with the event. `tell` writes a call.
    """

    def __init__(self, began: float, calls: Sequence[Any], tell: Callable[[Any], str] | None = None) -> None:
        self._began = began
        self._calls = calls
        self._tell = tell or told
        self._events: list[tuple[float, float, str]] = []
        self._names: dict[str, str] = {}

    def event(self, at: float, text: str) -> None:
        self._events.append((at, len(self._calls) - 0.5, f"> {text}"))

    def name(self, number: object, name: str) -> None:
        """Call an id by a name; others get one when they are seen first."""
        self._names[str(number)] = name

    def text(self) -> str:
        calls = [(call.at, float(number), f"< {self._tell(call)}") for number, call in enumerate(self._calls)]
        lines = sorted((*calls, *self._events), key=lambda line: line[:2])
        return "".join(f"{self.named(f'{at - self._began:8.2f} {line}')}\n" for at, _, line in lines)

    def named(self, text: str) -> str:
        """The text with names in place of ids."""
        return _ID.sub(self._named, text)

    def _named(self, found: re.Match[str]) -> str:
        return self._names.setdefault(found[0], f"#{len(self._names) + 1}")


def told(call: Call) -> str:
    """A call: what was asked for, what became of it, and what was in it."""
    return f"{call.method} {call.path} = {call.status or 'no answer'}{_written(call)}"


def _written(call: Call) -> str:
    if not isinstance(call.body, dict):
        return ""
    body = {key: value for key, value in call.body.items() if key not in ("nonce", "enforce_nonce")}
    lines = [
        f"\n             {key}: {_short(value)}" for key, value in body.items() if value not in ("", [], None)
    ]
    if "nonce" in call.body:
        lines.append("\n             with a nonce that is enforced" if call.body.get("enforce_nonce") else "")
    files = [f"\n             file: {one.filename} ({len(one.content)} bytes)" for one in call.uploads]
    return "".join((*lines, *files))


def _short(value: Any) -> str:
    if isinstance(value, str):
        cut = value if len(value) <= _LONGEST else f"{value[:40]} … {value[-40:]} ({len(value)} characters)"
        return json.dumps(cut, ensure_ascii=False)
    if (
        isinstance(value, list)
        and value
        and all(isinstance(row, Mapping) and "components" in row for row in value)
    ):
        return " / ".join(" ".join(map(_control, row["components"])) for row in value)
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _control(component: Mapping[str, Any]) -> str:
    shown = component.get("label") or component.get("placeholder") or component.get("content") or "…"
    state = " (pressed)" if component.get("disabled") else ""
    return f"[{shown}{state} → {component.get('custom_id', '')}]"


def compare(name: str, text: str) -> None:
    """The trace is the one in the file; `TRACES=write` makes it so."""
    file = FOLDER / f"{name}.txt"
    if os.environ.get("TRACES") == "write":
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    assert file.is_file(), f"there is no {file}: TRACES=write writes it"
    assert text == file.read_text(), f"{file} tells another story"
