"""Names of people and channels, asked for once and remembered for a while."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from trunkline.errors import PlatformError
from trunkline.recent import Recent
from trunkline.telemetry import log

from ..desk import Desk
from ..facts import Member

NAMES_SECONDS: Final = 6 * 3600.0
"""For so long a name is taken to be still the same."""
FAILED_SECONDS: Final = 60.0
WAIT_SECONDS: Final = 1.0
"""A message waits no longer for names: Slack wants to hear within three seconds."""
_MOST_REMEMBERED: Final = 20_000


class People:
    """Looks names up. Without an answer there is none: a message is never held up by them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._known: Recent[tuple[str, str], tuple[str, float]] = Recent(_MOST_REMEMBERED)

    async def names(self, team: str, ids: Iterable[str]) -> Mapping[str, str]:
        """Display names of people (U…, W…) and names of channels (C…) by their ids, as far as they can be had."""
        wanted = tuple(dict.fromkeys(ids))
        missing = [one for one in wanted if self._remembered(team, one) is None]
        if missing:
            asking = [asyncio.ensure_future(self._ask(team, one)) for one in missing]
            patience = asyncio.ensure_future(self._desk.clock.sleep(WAIT_SECONDS))
            answered = asyncio.ensure_future(asyncio.wait(asking))
            waited: set[asyncio.Future[Any]] = {answered, patience}
            try:
                await asyncio.wait(waited, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for one in (*waited, *asking):
                    one.cancel()
                await asyncio.wait({*waited, *asking})
        known = {one: self._remembered(team, one) for one in wanted}
        return {one: name for one, name in known.items() if name}

    async def named(self, member: Member, team: str) -> Member:
        """Somebody with the name by which they go."""
        if member.bot or not member.id:
            return member
        names = await self.names(team, (member.id,))
        return replace(member, name=names.get(member.id) or member.name)

    def _remembered(self, team: str, key: str) -> str | None:
        known = self._known.get((team, key))
        return known[0] if known is not None and self._desk.clock.now() < known[1] else None

    async def _ask(self, team: str, key: str) -> None:
        name, seconds = "", FAILED_SECONDS
        try:
            if key[:1] in {"C", "G"}:
                found = await self._desk.api.call(team, "conversations.info", channel=key)
                name = str((found.get("channel") or {}).get("name") or "")
            else:
                found = await self._desk.api.call(team, "users.info", user=key)
                name = _display_name(found.get("user") or {})
            seconds = NAMES_SECONDS
        except PlatformError as error:
            log.info("slack name not known", error=type(error).__name__)
        self._known.put((team, key), (name, self._desk.clock.now() + seconds))


def _display_name(user: Mapping[str, Any]) -> str:
    profile = user.get("profile") or {}
    named = (profile.get("display_name"), profile.get("real_name"), user.get("real_name"), user.get("name"))
    return next((str(one) for one in named if one), "")
