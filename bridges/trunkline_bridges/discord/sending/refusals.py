"""What Discord's refusals mean to us: its status and code, in one table. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from trunkline.errors import Forbidden, PlatformError, TargetGone, Unconfirmed
from trunkline.words import words

UNKNOWN_MESSAGE: Final = 10008
UNKNOWN_WEBHOOK: Final = 10015
OLD_EDITS: Final = 30046
CLOSED: Final = 50007
WEBHOOK_TOKEN: Final = 50027
NO_PERMISSION: Final = 50013
ARCHIVED: Final = 50083
NO_HISTORY: Final = 160002
ACKNOWLEDGED: Final = 40060
FOLLOW_UPS: Final = 40094

_SENTENCES: Final[Mapping[int, tuple[type[PlatformError], str]]] = {
    10003: (TargetGone, "discord_gone_channel"),
    10004: (TargetGone, "discord_gone_channel"),
    UNKNOWN_MESSAGE: (TargetGone, "discord_gone_message"),
    UNKNOWN_WEBHOOK: (TargetGone, "discord_gone_interaction"),
    10062: (TargetGone, "discord_gone_interaction"),
    WEBHOOK_TOKEN: (TargetGone, "discord_gone_interaction"),
    30010: (Forbidden, "discord_many_reactions"),
    30033: (PlatformError, "discord_many_threads"),
    40005: (PlatformError, "discord_too_large"),
    ACKNOWLEDGED: (PlatformError, "discord_acknowledged"),
    FOLLOW_UPS: (Forbidden, "discord_follow_ups"),
    50001: (Forbidden, "discord_no_access"),
    50005: (Forbidden, "discord_not_ours"),
    CLOSED: (Forbidden, "discord_closed"),
    ARCHIVED: (Forbidden, "discord_archived"),
    NO_HISTORY: (Forbidden, "discord_no_history"),
    160005: (Forbidden, "discord_locked"),
    200000: (Forbidden, "discord_automod"),
    200001: (Forbidden, "discord_automod"),
    240000: (Forbidden, "discord_automod"),
}
_PERMISSIONS: Final = (  # what a call needs beside View Channel: a piece of "METHOD /route", the permission's name
    ("POST /channels/:/threads", "Create Public Threads"),
    ("POST /channels/:/messages/:/threads", "Create Public Threads"),
    ("POST /channels/:/typing", "Send Messages"),
    ("POST /channels/:/messages", "Send Messages, Send Messages in Threads, Attach Files"),
    ("PATCH /channels/:/messages", "Send Messages"),
    ("DELETE /channels/:/messages", "Manage Messages"),
    ("PATCH /channels/:", "Manage Threads"),
    ("GET /channels/:/messages", "Read Message History"),
)


class Refusal(Exception):
    """Discord's own answer, as the cause of ours. `code` is Discord's number, 0 for none."""

    def __init__(self, status: int, code: int) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code


def code_of(error: BaseException) -> int:
    """Discord's code behind an error of ours; 0 for none."""
    return error.__cause__.code if isinstance(error.__cause__, Refusal) else 0


def translate(status: int, answer: Any, route: str, *, by_token: bool) -> PlatformError:
    """Our error for an answer of 400 or above that is no 429. Nothing of what people wrote gets into it.

    `route` is "METHOD /path" with ":" in place of ids; `by_token`: the path named an interaction's token.
    """
    code = answer.get("code") if isinstance(answer, dict) else 0
    code = code if isinstance(code, int) else 0
    error = _ours(status, code, answer, route, by_token)
    error.__cause__ = Refusal(status, code)
    return error


def _ours(status: int, code: int, answer: Any, route: str, by_token: bool) -> PlatformError:
    if status >= 500:
        return lost() if not route.startswith("GET ") else unreachable()
    if code == OLD_EDITS:
        # Only edits of old messages have to wait: no budget of the channel's is spent.
        return later(words("discord_old_edits"))
    if code in _SENTENCES:
        kind, key = _SENTENCES[code]
        return kind(words(key))
    if status == 401:
        return TargetGone(words("discord_gone_interaction")) if by_token else PlatformError(words("discord_token"))
    if status == 404:
        return TargetGone(words("discord_gone_message"))
    if status == 403:
        needed = next((permission for piece, permission in _PERMISSIONS if route.startswith(piece)), "")
        key = "discord_no_permission" if needed else "discord_forbidden"
        return Forbidden(words(key, permission=needed))
    if status == 413:
        return PlatformError(words("discord_too_large"))
    fields = ", ".join(_fields(answer.get("errors"))) if isinstance(answer, dict) else ""
    return PlatformError(words("discord_refused", reason=f"{status}/{code}{': ' if fields else ''}{fields}"))


def lost() -> Unconfirmed:
    """No answer came, or none that says whether it was done."""
    return Unconfirmed(words("discord_lost"))


def unreachable() -> PlatformError:
    """Nothing was done; the same call may succeed later."""
    return later(words("discord_unreachable"))


def later(sentence: str) -> PlatformError:
    """An error of what may be tried again as it is."""
    error = PlatformError(sentence)
    error.retryable = True
    return error


def _fields(tree: Any, path: str = "") -> Iterator[str]:
    """The wrong fields of a form and Discord's names for what is wrong, without its sentences, which quote."""
    if not isinstance(tree, dict):
        return
    for name, value in tree.items():
        if name == "_errors" and isinstance(value, list):
            kinds = [str(error.get("code", "")) for error in value if isinstance(error, dict)]
            yield f"{path} {' '.join(kinds)}".strip()
        else:
            yield from _fields(value, f"{path}.{name}" if path else str(name))
