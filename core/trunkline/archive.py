"""Everybody's conversations as the operator sees them: the `Archive` of a store."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection

from .bridge import Kept, Transcript
from .inbound import Place
from .past import transcript_of
from .store import Store, overview


class StoredArchive:
    """`bridge.Archive` over a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def newest(self, limit: int) -> Sequence[Kept]:
        return [_kept(*row) for row in await self._store.read(overview.newest, limit)]

    async def transcript(self, conversation: int, *, limit: int = 50) -> tuple[Kept, Transcript] | None:
        return await self._store.read(_read, conversation, limit)


def _read(conn: Connection, number: int, limit: int) -> tuple[Kept, Transcript] | None:
    found = overview.conversation(conn, number)
    if found is None:
        return None
    return _kept(*found), transcript_of(conn, found[3], number, limit, 0, ())


def _kept(number: int, title: str, updated: float, place: Place) -> Kept:
    return Kept(number, place.platform, place.app, title, updated)
