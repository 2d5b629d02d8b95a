"""Questions that are no message of a person's: posted for them, so that a thread can begin with them."""

from __future__ import annotations

from dataclasses import replace

from trunkline.bridge import Target
from trunkline.errors import Denied, PlatformError, TrunklineError, Unconfirmed
from trunkline.inbound import ChooseApp, Say, UseExample
from trunkline.messages import Json
from trunkline.telemetry import log
from trunkline.words import words

from ..desk import Desk
from ..sending import drafts
from ..sending.finding import Finder, by_nonce
from . import requests, where
from .reading import in_thread
from .requests import Gesture


async def in_channel(desk: Desk, gesture: Gesture) -> Gesture:
    """The same; what was done in no channel is done in their direct messages."""
    return gesture if gesture.spot.channel else await direct(desk, gesture)


async def direct(desk: Desk, gesture: Gesture) -> Gesture:
    """The same, done in their direct messages."""
    opened = await desk.api.call(gesture.spot.team, "conversations.open", users=gesture.member.id)
    channel = str((opened.get("channel") or {}).get("id") or "")
    if not channel:
        raise Denied(words("slack_no_conversation"))
    return replace(gesture, spot=replace(gesture.spot, channel=channel, thread="", private=True))


async def ask(desk: Desk, gesture: Gesture, command: Say | UseExample, line: str) -> str | None:
    """Ask the app; where the answer needs a thread, `line` begins one.

    What the core says, if there will be no answer.
    """
    spot, options = gesture.spot, desk.options
    if spot.thread or (spot.private and options.agent == "none"):
        return await _accepted(desk, gesture, command, asked=line)
    place = await where.here(desk, gesture)
    below = in_thread(gesture, await _post(desk, gesture, line))
    try:
        await _keep_app(desk, below, place.app)
        said = await _accepted(desk, below, command, root=below.spot.thread)
    except TrunklineError:
        await _withdraw(desk, below)
        raise
    if said:
        await _withdraw(desk, below)
    return said


async def _post(desk: Desk, gesture: Gesture, line: str) -> str:
    """Post the question at the top level; gives its `ts`."""
    spot = gesture.spot
    nonce = f"question:{gesture.id}"
    form = drafts.for_create({"text": line}, nonce=nonce)
    try:
        posted = await desk.api.call(spot.team, "chat.postMessage", channel=spot.channel, **form)
    except Unconfirmed:
        target: dict[str, Json] = {"team": spot.team, "channel": spot.channel, "at": gesture.at}
        found = by_nonce(await Finder(desk.api, _unowned).messages(target), nonce)
        if found is None:
            raise
        return found
    return str(posted["ts"])


async def _unowned(_: Target, __: str) -> bool:
    return False


async def _keep_app(desk: Desk, gesture: Gesture, app: str) -> None:
    """In a thread that a command for another app began, that app is talked to from then on."""
    if where.app_named(desk, gesture) and desk.options.history == "thread":
        place = await desk.place(gesture.spot, app)
        await desk.core.accept(requests.request(gesture, place, ChooseApp(), part=":app"))


async def _accepted(
    desk: Desk, gesture: Gesture, command: Say | UseExample, *, asked: str = "", root: str = ""
) -> str | None:
    """`root` is the `ts` of the question where it opens the thread."""
    place = await where.here(desk, gesture)
    target = requests.answer_target(desk.options, gesture, gesture.spot, asked, root)
    answer = await desk.core.accept(requests.request(gesture, place, command, target))
    # What waits is answered below the question, in its turn.
    return None if answer.outcome in {"started", "queued", "duplicate"} else answer.text or words("slack_done")


async def _withdraw(desk: Desk, gesture: Gesture) -> None:
    """A question that is not answered does not stand there."""
    spot = gesture.spot
    try:
        await desk.api.call(spot.team, "chat.delete", patient=True, channel=spot.channel, ts=spot.thread)
    except PlatformError as error:
        log.info("question not withdrawn", reason=error.user_message)
