"""Looking up a message whose create was not confirmed.

What is posted whole carries its nonce as metadata. A stream that runs and the message of a file cannot: they are
known by their author and by where they stand. Rather none than a wrong one: what is found is changed.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping, Sequence
from typing import Any, Final

from trunkline.bridge import Shown, Target

from ..limits import timestamp
from . import drafts
from .api import Api

PAGE: Final = 100
PAGES: Final = 5
"""So many messages, so many times, are looked through; some apps get 15 a minute."""
_STREAMED: Final = frozenset({"markdown", "task_card", "plan", "rich_text"})
"""Blocks that Slack makes of a stream's chunks."""


class Finder:
    """`owned` tells whether a message of the target's channel is known to belong to a turn."""

    def __init__(self, api: Api, owned: Callable[[Target, str], Awaitable[bool]]) -> None:
        self._api = api
        self._owned = owned
        self._bots: dict[str, frozenset[str]] = {}

    async def messages(self, target: Target) -> list[Mapping[str, Any]]:
        """What was written where the target's posts go, since what it answers."""
        thread = str(target.get("thread") or "")
        method = "conversations.replies" if thread else "conversations.history"
        found: list[Mapping[str, Any]] = []
        cursor = ""
        for _ in range(PAGES):
            answer = await self._api.call(
                str(target.get("team") or ""),
                method,
                channel=target["channel"],
                ts=thread or None,
                oldest=_since(target),
                limit=PAGE,
                include_all_metadata=True,
                cursor=cursor or None,
            )
            found += answer.get("messages") or ()
            cursor = str((answer.get("response_metadata") or {}).get("next_cursor") or "")
            if not cursor:
                break
        return found

    async def guess(
        self, target: Target, messages: Sequence[Mapping[str, Any]], after: Sequence[Shown]
    ) -> Mapping[str, Any] | None:
        """The one message that an unconfirmed create without a nonce can have made."""
        us = await self._us(str(target.get("team") or ""))
        known = {one for shown in after for one in shown.id.split("+")} | {str(target.get("thread") or "")}
        possible = candidates(messages, us, known)
        unowned = [one for one in possible if not await self._owned(target, str(one["ts"]))]
        return unowned[0] if len(unowned) == 1 else None

    async def _us(self, team: str) -> frozenset[str]:
        if team not in self._bots:
            answer = await self._api.call(team, "auth.test", patient=True)
            ids = (str(answer.get(name) or "") for name in ("user_id", "bot_id"))
            self._bots[team] = frozenset(filter(None, ids))
        return self._bots[team]


def by_nonce(messages: Sequence[Mapping[str, Any]], nonce: str) -> str | None:
    """The `ts` of the message with that nonce."""
    return next((str(one["ts"]) for one in messages if drafts.nonce_in(one) == nonce), None)


def candidates(
    messages: Sequence[Mapping[str, Any]], us: Collection[str], known: Collection[str]
) -> list[Mapping[str, Any]]:
    """Messages that an unconfirmed create may have made: ours, behind the known, without a nonce."""
    last = max((timestamp(one) for one in known), default=0.0)
    return [
        one
        for one in messages
        if {one.get("user"), one.get("bot_id")} & set(us)
        and timestamp(str(one.get("ts"))) > last
        and not drafts.nonce_in(one)
        and (one.get("files") or is_stream(one))
    ]


def is_stream(message: Mapping[str, Any]) -> bool:
    """Nothing in a message speaks against its being a stream."""
    kinds = set(_kinds(message.get("blocks")))
    return bool(kinds) and kinds <= _STREAMED and not message.get("files") and not message.get("edited")


def _kinds(blocks: Any) -> Iterator[str]:
    for block in blocks if isinstance(blocks, list) else ():
        yield str(block.get("type"))


def _since(target: Target) -> str:
    """Before this nothing of the turn's can stand."""
    asked = target.get("at")
    at = f"{asked - 1:.6f}" if isinstance(asked, int | float) else "0"
    return str(target.get("newest") or at)
