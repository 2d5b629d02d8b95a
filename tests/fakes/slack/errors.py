"""What Slack refuses, in its own shape: `ok: false` on HTTP 200 with the name of the error.

reference: lessons 10 ("`ok: false` on HTTP 200 is a failure").
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]


class Refused(Exception):
    """Slack refuses a call; `more` stands beside the error in the answer."""

    def __init__(self, error: str, **more: Any) -> None:
        super().__init__(error)
        self.error = error
        self.more = more

    def body(self) -> Json:
        return {"ok": False, "error": self.error, **self.more}


class TooMany(Refused):
    """HTTP 429 with `Retry-After` in seconds. reference: section 3, "rate tier"."""

    def __init__(self, retry_after: float) -> None:
        super().__init__("ratelimited")
        self.retry_after = retry_after


class Problems:
    """What is wrong with blocks or a view, each with the place of it."""

    def __init__(self) -> None:
        self.messages: list[str] = []

    def add(self, place: str, text: str) -> None:
        self.messages.append(f"[ERROR] {text} [json-pointer:{place}]")

    def longer(self, place: str, text: object, most: int, least: int = 1) -> None:
        """A text must have `least` to `most` characters."""
        if not isinstance(text, str):
            self.add(place, "must be a string")
        elif len(text) > most:
            self.add(place, f"must be less than {most + 1} characters")
        elif len(text) < least:
            self.add(place, f"must be more than {least - 1} characters")

    def count(self, place: str, items: object, most: int, least: int = 1) -> list[Any]:
        """A list must have `least` to `most` members; returns it, empty if it is none."""
        if not isinstance(items, list):
            self.add(place, "must be an array")
            return []
        if len(items) > most:
            self.add(place, f"no more than {most} items allowed")
        if len(items) < least:
            self.add(place, f"no fewer than {least} items allowed")
        return items

    def refuse(self, error: str = "invalid_blocks") -> None:
        if self.messages:
            raise Refused(error, errors=self.messages, response_metadata={"messages": self.messages})


class Impossible(Exception):
    """Slack's client would not let a person do this."""
