"""Waiting for something to happen, by the service's clock."""

from __future__ import annotations

import asyncio

from trunkline.clock import Clock


async def happens(event: asyncio.Event, clock: Clock, seconds: float) -> bool:
    """The event is set by then; returns as soon as it is."""
    waits = [asyncio.ensure_future(event.wait()), asyncio.ensure_future(clock.sleep(seconds))]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waits:
            one.cancel()
        await asyncio.wait(waits)
    return event.is_set()


async def stays(so: asyncio.Event, otherwise: asyncio.Event, clock: Clock, seconds: float) -> None:
    """Returns once it was so for that long."""
    while True:
        await so.wait()
        await happens(otherwise, clock, seconds)
        if so.is_set():
            return


__all__ = ["happens", "stays"]
