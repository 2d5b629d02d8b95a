"""Lets a bridge take part in calls while it receives."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from trunkline.calls import Calls
from trunkline.messages import Json

from ..desk import Desk


@asynccontextmanager
async def calling(desk: Desk, calls: Calls, manner: Mapping[str, Json]) -> AsyncIterator[None]:
    """Calls can be joined in the block, where the settings want it. `manner` are those of the voice bridge."""
    if not desk.options.voice:
        yield
        return
    # What needs the extra is loaded only here.
    from ..voice import Manner
    from .rooms import Rooms

    rooms = Rooms(desk, calls, Manner(push=manner.get("turn_taking") == "push", keeps=bool(manner.get("record"))))
    desk.rooms = rooms
    try:
        yield
    finally:
        desk.rooms = None
        await rooms.close()
