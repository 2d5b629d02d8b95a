"""What Slack's refusals mean to us: the name of its error, in one table. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from trunkline.errors import Forbidden, PlatformError, TargetGone, Unconfirmed
from trunkline.words import words

MISSING_SCOPE: Final = "missing_scope"
RATE_LIMITED: Final = frozenset({"ratelimited", "rate_limited"})
_PASSING: Final = frozenset(
    {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "team_added_to_org"}
)
"""Nobody says whether it was done."""

_SENTENCES: Final[Mapping[str, tuple[type[PlatformError], str]]] = {
    "channel_not_found": (TargetGone, "slack_gone_channel"),
    "is_archived": (TargetGone, "slack_archived"),
    "message_not_found": (TargetGone, "slack_gone_message"),
    "thread_not_found": (TargetGone, "slack_gone_message"),
    "invalid_thread_ts": (TargetGone, "slack_gone_message"),
    "file_not_found": (TargetGone, "slack_gone_file"),
    "file_deleted": (TargetGone, "slack_gone_file"),
    "trigger_expired": (TargetGone, "slack_trigger"),
    "trigger_exchanged": (TargetGone, "slack_trigger"),
    "expired_trigger_id": (TargetGone, "slack_trigger"),
    "exchanged_trigger_id": (TargetGone, "slack_trigger"),
    "not_in_channel": (Forbidden, "slack_not_in_channel"),
    "user_not_in_channel": (Forbidden, "slack_forbidden"),
    "access_denied": (Forbidden, "slack_forbidden"),
    "no_permission": (Forbidden, "slack_forbidden"),
    "ekm_access_denied": (Forbidden, "slack_forbidden"),
    "restricted_action": (Forbidden, "slack_forbidden"),
    "restricted_action_read_only_channel": (Forbidden, "slack_read_only"),
    "restricted_action_thread_only_channel": (Forbidden, "slack_read_only"),
    "restricted_action_non_threadable_channel": (Forbidden, "slack_read_only"),
    "cannot_reply_to_message": (Forbidden, "slack_read_only"),
    "cannot_dm_bot": (Forbidden, "slack_forbidden"),
    "messages_tab_disabled": (Forbidden, "slack_messages_tab"),
    "not_authorized": (Forbidden, "slack_no_agent"),
    "cant_update_message": (Forbidden, "slack_not_ours"),
    "cant_delete_message": (Forbidden, "slack_not_ours"),
    "message_not_owned_by_app": (Forbidden, "slack_not_ours"),
    "edit_window_closed": (Forbidden, "slack_edit_window"),
    "invalid_auth": (Forbidden, "slack_token"),
    "not_authed": (Forbidden, "slack_token"),
    "token_revoked": (Forbidden, "slack_revoked"),
    "token_expired": (Forbidden, "slack_revoked"),
    "account_inactive": (Forbidden, "slack_revoked"),
    "team_access_not_granted": (Forbidden, "slack_revoked"),
    "org_login_required": (Forbidden, "slack_revoked"),
    "not_allowed_token_type": (Forbidden, "slack_token"),
    "file_upload_size_restricted": (PlatformError, "slack_file_too_large"),
    "storage_limit_reached": (Forbidden, "slack_storage"),
    "msg_too_long": (PlatformError, "slack_too_long"),
    "msg_blocks_too_long": (PlatformError, "slack_too_long"),
}


class Refusal(Exception):
    """Slack's own answer, as the cause of ours. `code` is the name of its error, "" for none."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code


def code_of(error: BaseException) -> str:
    """The name of Slack's error behind one of ours; "" for none."""
    return error.__cause__.code if isinstance(error.__cause__, Refusal) else ""


def translate(status: int, answer: Any, *, reads: bool = False) -> PlatformError:
    """Our error for an answer that is no `ok: true` and no rate limit. Nothing of what people wrote gets into it.

    `reads`: the call asked for something and changed nothing.
    """
    named = answer.get("error") if isinstance(answer, Mapping) else ""
    code = named if isinstance(named, str) else ""
    error = _ours(status, code, answer, reads)
    error.__cause__ = Refusal(status, code)
    return error


def _ours(status: int, code: str, answer: Any, reads: bool) -> PlatformError:
    if status >= 500 or code in _PASSING or not code:
        return unreachable() if reads else lost()
    if code == MISSING_SCOPE:
        needed = str(answer.get("needed") or "").replace(",", ", ")
        return Forbidden(words("slack_no_scope", scope=needed or "?"))
    if code in _SENTENCES:
        kind, key = _SENTENCES[code]
        return kind(words(key))
    places = ", ".join(_places(answer))
    return PlatformError(words("slack_refused", reason=f"{code}{': ' if places else ''}{places}"))


def lost() -> Unconfirmed:
    """No answer came, or none that says whether it was done."""
    return Unconfirmed(words("slack_lost"))


def unreachable() -> PlatformError:
    """Nothing was done; the same call may succeed later."""
    return later(words("slack_unreachable"))


def later(sentence: str) -> PlatformError:
    """An error of what may be tried again as it is."""
    error = PlatformError(sentence)
    error.retryable = True
    return error


def _places(answer: Mapping[str, Any]) -> Iterator[str]:
    """Where in the arguments something is wrong, without Slack's sentences, which may quote."""
    metadata = answer.get("response_metadata")
    messages = metadata.get("messages") if isinstance(metadata, Mapping) else None
    for message in messages if isinstance(messages, list) else ():
        _, found, place = str(message).partition("[json-pointer:")
        if found:
            yield place.partition("]")[0]
