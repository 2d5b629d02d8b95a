"""What bridges do alike when somebody presses, commands or reacts: what the core is asked, what is answered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, TypeVar

from .backend import Feedback
from .bridge import Answer, Core, FoundTurn
from .clock import Clock
from .errors import Denied, TrunklineError
from .inbound import Inbound, Place
from .messages import Json
from .telemetry import causes, log

T = TypeVar("T")
Body: TypeAlias = Mapping[str, Json]
"""A message or a form, as its platform takes it."""
_SAID: Final = frozenset({"denied", "ignored", "queued", "merged"})


# What is answered


@dataclass(frozen=True, slots=True)
class Tell:
    """Messages that only the one who asked sees."""

    bodies: Sequence[Body]


@dataclass(frozen=True, slots=True)
class Change:
    """The message that carries the control looks like this from now on, where it can be changed."""

    body: Body


@dataclass(frozen=True, slots=True)
class Open:
    """A form. Where it cannot be opened any more, `late` is said in its place."""

    form: Body
    late: Body


async def outcome_of(work: Coroutine[Any, Any, T], bridge: str, refused: Callable[[str], T], failed: str) -> T:
    """What the work gives; where it fails, `refused` of why: `failed` for what nobody foresaw."""
    try:
        return await work
    except TrunklineError as error:
        log.info("request refused", error=type(error).__name__)
        return refused(error.user_message)
    except Exception as error:  # noqa: BLE001 - platforms' libraries only log it: who asked would never hear
        log.error("request failed", bridge=bridge, errors=causes(error))
        return refused(failed)


async def in_time(
    work: Coroutine[Any, Any, T], clock: Clock, patience: float, acknowledge: Callable[[], Awaitable[object]]
) -> T:
    """What the work gives. If that takes more than `patience` seconds, `acknowledge` is called meanwhile."""
    async with asyncio.TaskGroup() as group:
        working = group.create_task(work)
        waiting = group.create_task(clock.sleep(patience))
        await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            await acknowledge()
        outcome = await working
        waiting.cancel()
    return outcome


# What the core is asked


def said_of(answer: Answer, done: str, *, aloud: bool) -> str | None:
    """What the core says of an event; with `aloud` also that it was done, in the words of `done`."""
    if answer.outcome in _SAID and answer.text:
        return answer.text
    return (answer.text or done) if aloud else None


async def done_or_denied(core: Core, event: Inbound, done: str) -> str:
    """What the core says of the event, else `done`. `Denied` with its words where it may not be."""
    answer = await core.accept(event)
    if answer.outcome == "denied":
        raise Denied(answer.text)
    return answer.text or done


async def newest(core: Core, place: Place) -> FoundTurn | None:
    """The newest turn of the place's current conversation."""
    turns = (await core.transcript(place, limit=1)).turns
    return await core.turn(turns[-1].id) if turns else None


async def feedback_taken(core: Core, app: str) -> Feedback:
    """What an app wants to hear of its replies; nothing while it cannot be reached."""
    try:
        return (await core.profile(app)).feedback
    except TrunklineError as error:
        log.info("reaction not rated", app=app, error=type(error).__name__)
        return Feedback()
