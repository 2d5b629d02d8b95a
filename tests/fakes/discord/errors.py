"""What Discord refuses, in its own shape: an HTTP status, a JSON code, a sentence and, for forms, the fields.

reference: Messages, Components V2, Interactions (the codes each rule answers with).
"""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
Path = tuple[str | int, ...]


class Refused(Exception):
    """Discord refuses a call: `status` is HTTP's, `code` Discord's own."""

    def __init__(self, status: int, code: int, message: str, fields: Json | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.fields = fields

    def body(self) -> Json:
        body: Json = {"message": self.message, "code": self.code}
        if self.fields is not None:
            body["errors"] = self.fields
        return body


class TooMany(Refused):
    """429: `retry_after` is in seconds; `scope` is "user", "shared" or "global"."""

    def __init__(self, retry_after: float, scope: str = "user", code: int = 0) -> None:
        super().__init__(429, code, "You are being rate limited.")
        self.retry_after = retry_after
        self.scope = scope

    def body(self) -> Json:
        written: Json = {
            "message": self.message,
            "retry_after": self.retry_after,
            "global": self.scope == "global",
        }
        return written | ({"code": self.code} if self.code else {})


def unauthorized() -> Refused:
    return Refused(401, 0, "401: Unauthorized")


def unknown_channel() -> Refused:
    return Refused(404, 10003, "Unknown Channel")


def unknown_guild() -> Refused:
    return Refused(404, 10004, "Unknown Guild")


def unknown_member() -> Refused:
    return Refused(404, 10007, "Unknown Member")


def unknown_message() -> Refused:
    return Refused(404, 10008, "Unknown Message")


def unknown_user() -> Refused:
    return Refused(404, 10013, "Unknown User")


def unknown_webhook() -> Refused:
    return Refused(404, 10015, "Unknown Webhook")


def unknown_interaction() -> Refused:
    return Refused(404, 10062, "Unknown interaction")


def unknown_command() -> Refused:
    return Refused(404, 10063, "Unknown application command")


def invalid_webhook_token() -> Refused:
    return Refused(401, 50027, "Invalid Webhook Token")


def missing_access() -> Refused:
    return Refused(403, 50001, "Missing Access")


def missing_permissions() -> Refused:
    return Refused(403, 50013, "Missing Permissions")


def not_the_author() -> Refused:
    return Refused(403, 50005, "Cannot edit a message authored by another user")


def empty_message() -> Refused:
    return Refused(400, 50006, "Cannot send an empty message")


def closed_to_messages() -> Refused:
    return Refused(403, 50007, "Cannot send messages to this user")


def archived_thread() -> Refused:
    return Refused(400, 50083, "Thread is archived")


def too_large() -> Refused:
    return Refused(413, 40005, "Request entity too large")


def already_acknowledged() -> Refused:
    return Refused(400, 40060, "Interaction has already been acknowledged.")


def too_many_follow_ups() -> Refused:
    return Refused(400, 40094, "Maximum number of follow-up messages reached for this interaction.")


class Problems:
    """Collects what is wrong with a form, field by field; `refuse` raises them all as one 50035."""

    def __init__(self) -> None:
        self.tree: Json = {}

    def add(self, path: Path, code: str, message: str) -> None:
        place = self.tree
        for step in path:
            place = place.setdefault(str(step), {})
        place.setdefault("_errors", []).append({"code": code, "message": message})

    def longer(self, path: Path, text: object, most: int, least: int = 0) -> None:
        """A text must have `least` to `most` characters."""
        if not isinstance(text, str):
            self.add(path, "STRING_TYPE_CONVERT", f'Could not convert "{text}" to string.')
        elif least and not text:
            self.add(path, "BASE_TYPE_REQUIRED", "This field is required")
        elif least and not least <= len(text) <= most:
            self.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")
        elif len(text) > most:
            self.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {most} or fewer in length.")

    def count(self, path: Path, items: object, most: int, least: int = 0) -> list[Any]:
        """A list must have `least` to `most` members; returns it, empty if it is none."""
        if not isinstance(items, list):
            self.add(path, "LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
            return []
        if not least <= len(items) <= most:
            self.add(path, "BASE_TYPE_BAD_LENGTH", f"Must be between {least} and {most} in length.")
        return items

    def refuse(self) -> None:
        if self.tree:
            raise Refused(400, 50035, "Invalid Form Body", self.tree)


def invalid(path: Path, code: str, message: str) -> Refused:
    """One field's error."""
    problems = Problems()
    problems.add(path, code, message)
    return Refused(400, 50035, "Invalid Form Body", problems.tree)
