"""Answers to interactions: within three seconds, whatever the work behind them takes.

The work runs first, so that what it stores is stored before Discord hears that it was received. If it takes long
the answer is deferred and follows. What Discord no longer takes is logged; the work is done all the same.
"""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from typing import Any, Final, TypeAlias

from trunkline.errors import PlatformError, RateLimited
from trunkline.gestures import Body, Change, Open, Tell, in_time, outcome_of
from trunkline.labels import clipped
from trunkline.messages import Json
from trunkline.telemetry import log
from trunkline.words import words

from ..desk import Desk
from ..limits import CONTENT, EPHEMERAL, FOLLOW_UPS
from ..sending import drafts
from ..sending.refusals import ACKNOWLEDGED, code_of
from ..sending.rest import Part
from ..sending.uploads import gather
from .requests import Gesture

PATIENCE: Final = 1.5
"""Seconds of work before the answer is deferred: Discord waits 3."""
_MESSAGE, _THINKING, _LATER, _UPDATE, _MODAL = 4, 5, 6, 7, 9

Outcome: TypeAlias = "str | Tell | Change | Open | None"
"""A sentence, or one of the above; None where there is nothing to say."""


async def answer(desk: Desk, gesture: Gesture, work: Coroutine[Any, Any, Outcome], *, quiet: bool = False) -> None:
    """Do the work and answer with what it gives. `quiet`: a control whose effect is seen without an answer."""
    deferred = 0

    async def put_off() -> None:
        nonlocal deferred
        deferred = _LATER if quiet else _THINKING
        await respond(desk, gesture, deferred, {} if quiet else {"flags": EPHEMERAL})

    outcome = outcome_of(work, "discord", str, words("discord_failed"))
    await _give(desk, gesture, await in_time(outcome, desk.clock, PATIENCE, put_off), deferred)


async def defer(desk: Desk, gesture: Gesture) -> bool:
    """Say to all that an answer comes; False when it was too late for that."""
    return await respond(desk, gesture, _THINKING)


async def withdraw(desk: Desk, gesture: Gesture, sentence: str) -> None:
    """In place of a deferred answer that all would see: a sentence for the one who asked."""
    await _quietly(desk, "DELETE", f"{_webhook(desk, gesture)}/messages/@original")
    await _follow(desk, gesture, told(sentence))


async def tell(desk: Desk, gesture: Gesture, sentence: str) -> None:
    """A sentence for the one who asked, at once."""
    await respond(desk, gesture, _MESSAGE, _private(told(sentence)))


async def respond(
    desk: Desk, gesture: Gesture, kind: int, data: Body | None = None, parts: Sequence[Part] = ()
) -> bool:
    """The first answer; False when Discord did not take it."""
    path = f"/interactions/{gesture.id}/{gesture.token}/callback"
    payload: dict[str, Json] = {"type": kind} | ({"data": data} if data else {})
    tried = False
    while True:
        try:
            await desk.rest.call("POST", path, json=payload, files=parts, authorized=False)
        except PlatformError as error:
            # Discord takes one answer only: a second try does no harm, and learns whether the first was taken.
            if tried and code_of(error) == ACKNOWLEDGED:
                return True
            wait = error.retry_after if isinstance(error, RateLimited) else 0.0
            if tried or not error.retryable or wait > PATIENCE / 2:
                log.warning("interaction not answered", kind=kind, reason=error.user_message)
                return False
            tried = True
            await desk.clock.sleep(wait)
        else:
            return True


def told(text: str) -> Body:
    """A message of one sentence."""
    return {"content": clipped(text, CONTENT)}


async def _give(desk: Desk, gesture: Gesture, outcome: Outcome, deferred: int) -> None:
    match outcome:
        case None:
            await _nothing(desk, gesture, deferred)
        case str(sentence):
            await _tell(desk, gesture, [told(sentence or words("discord_done"))], deferred)
        case Tell(bodies):
            await _tell(desk, gesture, bodies, deferred)
        case Open(modal, late):
            if deferred:
                await _tell(desk, gesture, [late], deferred)
            else:
                await respond(desk, gesture, _MODAL, modal)
        case Change(body):
            if deferred:
                await _edit(desk, gesture, body)
            else:
                await respond(desk, gesture, _UPDATE, drafts.for_edit(body))


async def _nothing(desk: Desk, gesture: Gesture, deferred: int) -> None:
    if not deferred:
        await respond(desk, gesture, _LATER)
    elif deferred == _THINKING:
        await _quietly(desk, "DELETE", f"{_webhook(desk, gesture)}/messages/@original")


async def _tell(desk: Desk, gesture: Gesture, bodies: Sequence[Body], deferred: int) -> None:
    first, *others = bodies
    if deferred == _THINKING:
        await _edit(desk, gesture, first)
    elif deferred:
        await _follow(desk, gesture, first)
    else:
        full, parts = await _filled(desk, gesture, first)
        await respond(desk, gesture, _MESSAGE, _private(full), parts)
    for body in others[: FOLLOW_UPS - 1 if gesture.spot.foreign else None]:
        await _follow(desk, gesture, body)


async def _edit(desk: Desk, gesture: Gesture, body: Body) -> None:
    full, parts = await _filled(desk, gesture, body)
    path = f"{_webhook(desk, gesture)}/messages/@original"
    await _quietly(desk, "PATCH", path, drafts.for_edit(full), parts)


async def _follow(desk: Desk, gesture: Gesture, body: Body) -> None:
    full, parts = await _filled(desk, gesture, body)
    await _quietly(desk, "POST", _webhook(desk, gesture), _private(full), parts)


async def _quietly(
    desk: Desk, method: str, path: str, body: Body | None = None, parts: Sequence[Part] = ()
) -> None:
    try:
        await desk.rest.call(method, path, json=body, files=parts, authorized=False, patient=True)
    except PlatformError as error:
        log.warning("interaction not followed up", method=method, reason=error.user_message)


async def _filled(desk: Desk, gesture: Gesture, body: Body) -> tuple[Body, Sequence[Part]]:
    """The body with its files read, and what is uploaded with it."""
    files = body.get("files")
    if not isinstance(files, list | tuple) or not files:
        return body, ()
    uploads = await gather(files, desk.core.media, gesture.spot.upload_limit)
    full = drafts.with_files(body, uploads.renamed or {}, uploads.missing)
    return {**full, "attachments": list(uploads.attachments)}, uploads.parts


def _webhook(desk: Desk, gesture: Gesture) -> str:
    return f"/webhooks/{desk.application}/{gesture.token}"


def _private(body: Body) -> dict[str, Json]:
    flags = body.get("flags")
    return drafts.for_create(body) | {"flags": (flags if isinstance(flags, int) else 0) | EPHEMERAL}
