"""Answers to presses, commands and shortcuts: acknowledged within three seconds, whatever the work behind takes.

The work runs first, so that what it stores is stored before Slack hears that it was received. If it takes long it
is acknowledged and the answer follows. What Slack no longer takes is logged; the work is done all the same.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import aiohttp

from trunkline.errors import PlatformError
from trunkline.gestures import Change, Open, Tell, in_time, outcome_of
from trunkline.messages import Json
from trunkline.telemetry import log
from trunkline.words import words

from ..desk import Desk
from ..sending.api import Part
from . import forms, panels, rooting
from .home import publish
from .requests import Gesture
from .shapes import Body

PATIENCE: Final = 1.8
"""Seconds of work before it is acknowledged: Slack waits 3."""
_TIMEOUT: Final = aiohttp.ClientTimeout(total=10.0)

Ack: TypeAlias = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Errors:
    """What is wrong with the fields of a form, by block."""

    by_block: Mapping[str, str]

    @property
    def text(self) -> str:
        return " ".join(self.by_block.values())


@dataclass(frozen=True, slots=True)
class Refuse:
    """Why it was not done. `again` is the form as it was filled in, for when it does not stand there any more."""

    reason: str
    again: Body | None = None


@dataclass(frozen=True, slots=True)
class Next:
    """What stands in the modal from now on."""

    view: Body


Outcome: TypeAlias = "str | Tell | Change | Open | Errors | Refuse | Next | None"
"""A sentence, or one of the above; None where there is nothing to say."""
Work: TypeAlias = "Coroutine[Any, Any, Outcome]"


async def answer(desk: Desk, gesture: Gesture, ack: Ack, work: Work) -> None:
    """Do the work, acknowledge, and answer with what it gives."""
    outcome = await _in_time(desk, work, ack)
    await ack()
    await give(desk, gesture, outcome)


async def answer_form(desk: Desk, gesture: Gesture, ack: Ack, work: Work, field: str) -> None:
    """Likewise for a form: errors stand at its fields, and it closes when all went well.

    `field` is the block at which is said what concerns the whole. What takes long goes on while the form says so;
    then what was refused stands in it again.
    """
    waited = False

    async def wait() -> None:
        nonlocal waited
        waited = True
        await ack(response_action="update", view=forms.waiting_view())

    outcome = await _in_time(desk, work, wait)
    if waited:
        await _after_wait(desk, gesture, outcome)
        return
    match outcome:
        case Errors(by_block):
            await ack(response_action="errors", errors=dict(by_block))
        case Refuse(reason) if field:
            await ack(response_action="errors", errors={field: reason})
        case Next(view):
            await ack(response_action="update", view=view)
        case _:
            await ack()
            await give(desk, gesture, outcome)


async def _in_time(desk: Desk, work: Work, ack: Callable[[], Awaitable[Any]]) -> Outcome:
    outcome = outcome_of(work, "slack", Refuse, words("slack_failed"))
    return await in_time(outcome, desk.clock, PATIENCE, ack)


async def _after_wait(desk: Desk, gesture: Gesture, outcome: Outcome) -> None:
    match outcome:
        case Next(view):
            shown = view
        case Refuse(reason, again):
            shown = again or forms.notice_view(words("settings"), reason)
        case Errors():
            shown = forms.notice_view(words("settings"), outcome.text)
        case str(sentence):
            shown = forms.notice_view(words("settings"), sentence)
        case _:
            shown = forms.notice_view(words("settings"), words("slack_done"))
    try:
        await desk.api.call(gesture.spot.team, "views.update", patient=True, view_id=gesture.view, view=shown)
    except PlatformError as error:
        # They closed it meanwhile.
        log.info("form not changed", reason=error.user_message)
        await give(desk, gesture, None if isinstance(outcome, Next) else outcome)
    else:
        if gesture.home:
            await publish(desk, gesture)


async def give(desk: Desk, gesture: Gesture, outcome: Outcome) -> None:
    """Show what came of it."""
    match outcome:
        case str(sentence):
            await tell(desk, gesture, panels.told(sentence or words("slack_done")))
        case Tell(bodies):
            for body in bodies:
                await tell(desk, gesture, body)
        case Change(body):
            await tell(desk, gesture, body, instead=gesture.ephemeral)
        case Open(view, late):
            await _open(desk, gesture, view, late)
        case Next(view):
            await _call(desk, gesture, "views.update", view_id=gesture.view, view=view)
        case Errors():
            await tell(desk, gesture, panels.told(outcome.text))
        case Refuse(reason):
            await tell(desk, gesture, panels.told(reason))
        case _:
            return


async def tell(desk: Desk, gesture: Gesture, body: Body, *, instead: bool = False) -> None:
    """A message that only they see; with `instead` it takes the place of the one that was acted on."""
    files, body = body.get("files"), {name: value for name, value in body.items() if name != "files"}
    if gesture.home:
        await publish(desk, gesture, notice=str(body["text"]))
    elif gesture.view and not gesture.response_url and not gesture.spot.channel:
        view = forms.notice_view(words("examples"), str(body["text"]))
        await _call(desk, gesture, "views.update", view_id=gesture.view, view=view)
    elif not gesture.response_url or not await _respond(desk, gesture, body, instead):
        await _ephemeral(desk, gesture, body)
    if isinstance(files, Sequence):
        await _send_files(desk, gesture, files)


async def _send_files(desk: Desk, gesture: Gesture, files: Sequence[Json]) -> None:
    """What is too long for messages goes into their direct messages: nobody else sees a file there."""
    parts = [Part(str(one["name"]), str(one["text"]).encode()) for one in files if isinstance(one, Mapping)]
    try:
        there = gesture if gesture.spot.private else await rooting.direct(desk, gesture)
        await desk.api.upload(there.spot.team, parts, channel=there.spot.channel, thread=there.spot.thread)
    except PlatformError as error:
        log.warning("file not sent", reason=error.user_message)


async def _open(desk: Desk, gesture: Gesture, view: Body, late: Body) -> None:
    method = "views.push" if gesture.view else "views.open"
    try:
        await desk.api.call(gesture.spot.team, method, trigger_id=gesture.trigger, view=view)
    except PlatformError as error:
        log.info("form not opened", reason=error.user_message)
        await tell(desk, gesture, late)


async def _respond(desk: Desk, gesture: Gesture, body: Body, instead: bool) -> bool:
    """Answer by the address that came with it: that works where the bot is no member, too."""
    said: dict[str, Json] = {**body, "replace_original": instead, "unfurl_links": False, "unfurl_media": False}
    if not instead:
        said["response_type"] = "ephemeral"
        said |= {"thread_ts": gesture.spot.thread} if gesture.spot.thread and not gesture.command else {}
    try:
        async with desk.api.session().post(
            gesture.response_url, json=said, proxy=desk.options.proxy or None, timeout=_TIMEOUT
        ) as response:
            if response.status == 200:
                return True
            log.info("answer not taken", status=response.status)
    except (aiohttp.ClientError, TimeoutError, OSError, PlatformError) as error:
        log.info("answer not taken", error=type(error).__name__)
    return False


async def _ephemeral(desk: Desk, gesture: Gesture, body: Body) -> None:
    spot, said = gesture.spot, {"user": gesture.member.id, **body}
    if not spot.channel:
        return
    method = "chat.postEphemeral"
    if spot.thread and await _call(desk, gesture, method, channel=spot.channel, thread_ts=spot.thread, **said):
        return
    # The thread may be gone meanwhile, and they are to hear of it all the same.
    await _call(desk, gesture, method, channel=spot.channel, **said)


async def _call(desk: Desk, gesture: Gesture, method: str, **arguments: Any) -> bool:
    try:
        await desk.api.call(gesture.spot.team, method, patient=True, **arguments)
    except PlatformError as error:
        log.warning("answer not shown", method=method, reason=error.user_message)
        return False
    return True
