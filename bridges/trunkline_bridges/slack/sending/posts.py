"""Messages that are posted whole, changed and deleted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from trunkline.bridge import Target
from trunkline.errors import PlatformError, RateLimited, TargetGone
from trunkline.recent import Recent
from trunkline.telemetry import log

from . import drafts
from .api import Api
from .refusals import code_of

NOT_STREAMING: Final = "message_not_in_streaming_state"
CONFLICT: Final = "streaming_state_conflict"
BAD_BLOCKS: Final = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})
REMEMBERED: Final = 4096
"""Messages, files and threads of which a process knows what it did."""


class Posts:
    """The id of a post is its message's `ts`, in the target's channel."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._nonces: Recent[str, str] = Recent(REMEMBERED)

    def named(self, target: Target, ts: str, nonce: str) -> None:
        """A message of ours was made under that nonce."""
        self._nonces.put(place_of(target, ts), nonce)

    def nonce_of(self, target: Target, ts: str) -> str:
        """The nonce that a message of ours was made under, "" where this process does not know."""
        return self._nonces.get(place_of(target, ts)) or ""

    async def create(self, target: Target, body: Mapping[str, Any], nonce: str, *, as_it_is: bool = False) -> str:
        """Post it; gives its `ts`. Blocks that Slack does not take are left out, but with `as_it_is` raise."""
        form = drafts.for_create(body, nonce=nonce, thread=str(target.get("thread") or ""))
        write = self._call if as_it_is else self._written
        answer = await write(target, "chat.postMessage", form)
        ts = str(answer["ts"])
        self.named(target, ts, nonce)
        return ts

    async def update(self, target: Target, ts: str, body: Mapping[str, Any], status: str = "processing") -> None:
        """Make a message look like `body`; a stream that runs is ended first, its session in `status`."""
        form = {"ts": ts, **drafts.for_update(body, nonce=self.nonce_of(target, ts))}
        try:
            await self._written(target, "chat.update", form)
        except PlatformError as error:
            if code_of(error) != CONFLICT:
                raise
            await self.halt(target, ts, status)
            await self._written(target, "chat.update", form)

    async def halt(self, target: Target, ts: str, status: str) -> None:
        """End a stream as it is; no error where it ended by itself.

        One that Slack does not end could never be changed: it is taken away, and is a `TargetGone`.
        """
        try:
            await self._api.call(
                _team(target), "chat.stopStream", channel=target["channel"], ts=ts, session_status=status
            )
        except (RateLimited, TargetGone):
            raise
        except PlatformError as error:
            if code_of(error) == NOT_STREAMING:
                return
            if error.retryable:
                raise
            await self.delete(target, ts)
            raise TargetGone(error.user_message) from error

    async def delete(self, target: Target, ts: str) -> None:
        """Remove a message; no error when it is gone already."""
        try:
            await self._api.call(_team(target), "chat.delete", channel=target["channel"], ts=ts)
        except TargetGone:
            return

    async def _written(self, target: Target, method: str, form: Mapping[str, Any]) -> Mapping[str, Any]:
        """A call with blocks; where Slack does not take them, with the words alone."""
        try:
            return await self._call(target, method, form)
        except PlatformError as error:
            if code_of(error) not in BAD_BLOCKS or not form.get("blocks"):
                raise
            log.warning("blocks refused", bridge="slack", method=method, reason=error.user_message)
        return await self._call(target, method, drafts.in_words(form))

    async def _call(self, target: Target, method: str, form: Mapping[str, Any]) -> Mapping[str, Any]:
        return await self._api.call(_team(target), method, channel=target["channel"], **form)


def place_of(target: Target, ts: str) -> str:
    """Names a message over all workspaces."""
    return f"{target.get('team')}:{target.get('channel')}:{ts}"


def _team(target: Target) -> str:
    return str(target.get("team") or "")
