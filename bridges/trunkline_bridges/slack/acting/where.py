"""Which conversation is meant, and who may do what there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from trunkline import pressing
from trunkline.bridge import FoundTurn
from trunkline.errors import Denied, PlatformError
from trunkline.gestures import newest
from trunkline.inbound import Place
from trunkline.telemetry import log
from trunkline.words import words

from ..desk import Desk
from ..facts import place_of, speaker_of
from ..parse import permitted
from . import requests
from .reading import in_thread
from .requests import Gesture

ADMIN_SECONDS: Final = 300.0
"""So long it is believed who administers a workspace."""
_PLACES: Final = 20


@dataclass(frozen=True, slots=True)
class Meant:
    """A place, and the gesture as if it had been made there."""

    gesture: Gesture
    place: Place
    found: bool = False
    """It was looked up: the one who asks should be told which it is."""


def admit(desk: Desk, gesture: Gesture) -> None:
    """`Denied` for whom the settings do not let use the bot there."""
    spot, options = gesture.spot, desk.options
    closed = spot.private and not options.direct_messages
    if closed or not permitted(options, spot, gesture.member):
        raise Denied(words("not_allowed"))


def app_named(desk: Desk, gesture: Gesture) -> str:
    """The app of a slash command of its own; "" for the others."""
    return desk.options.command_apps.get(gesture.command, "")


def is_whole(desk: Desk, gesture: Gesture) -> bool:
    """It names a conversation by itself: a thread, a channel with one history, or a plain direct message."""
    spot, options = gesture.spot, desk.options
    plain = spot.private and options.agent == "none"
    return bool(spot.thread) or options.history == "channel" or plain


async def here(desk: Desk, gesture: Gesture) -> Place:
    """The place where it was done, whether anything was said there or not."""
    return await desk.place(gesture.spot, app_named(desk, gesture))


async def meant_by(desk: Desk, gesture: Gesture) -> Meant:
    """The conversation that is meant: where it was done, else the newest in which they said something there.

    `Denied` where there is none.
    """
    if is_whole(desk, gesture):
        return Meant(gesture, await here(desk, gesture))
    found = await spoken_in(desk, gesture, 1)
    if not found:
        raise Denied(words("slack_no_conversation"))
    return Meant(in_thread(gesture, found[0].thread), found[0], found=True)


async def spoken_in(
    desk: Desk, gesture: Gesture, limit: int = _PLACES, *, everywhere: bool = False
) -> tuple[Place, ...]:
    """The conversations in which they said something, the newest first: of the channel, or of the workspace."""
    if not gesture.spot.channel:
        return ()
    there = place_of(desk.options, gesture.spot, desk.default_app)
    around = replace(there, channel="") if everywhere else there
    app = app_named(desk, gesture)
    speaker = speaker_of(gesture.member, gesture.spot.team)
    places = await desk.core.spoken_in(around, speaker, limit=_PLACES)
    ours = [one for one in places if one.app in ({app} if app else desk.offered)]
    return tuple(ours[:limit])


async def presser(desk: Desk, gesture: Gesture, found: FoundTurn) -> pressing.Presser:
    """Who pressed; that they administer the workspace is asked for only where it matters."""
    made = requests.presser_of(gesture)
    if pressing.allowed(made, found, desk.options.pressing):
        return made
    return replace(made, moderator=await is_admin(desk, gesture))


async def check_allowed(desk: Desk, gesture: Gesture, found: FoundTurn) -> None:
    """`Denied` for who may not change what is said there."""
    if not pressing.allowed(await presser(desk, gesture, found), found, desk.options.pressing):
        raise Denied(words("not_yours"))


async def manage(desk: Desk, gesture: Gesture, place: Place) -> None:
    """`Denied` for what concerns all who share a history, but for who asked last and for admins."""
    if gesture.spot.private:
        return
    found = await newest(desk.core, place)
    if found is None or pressing.owns(requests.presser_of(gesture), found):
        return
    if not await is_admin(desk, gesture):
        raise Denied(words("slack_not_yours_here"))


async def is_admin(desk: Desk, gesture: Gesture) -> bool:
    """Whether they administer the workspace; False where Slack does not say."""
    key, now = (gesture.spot.team, gesture.member.id), desk.clock.now()
    known = desk.memory.admins.get(key)
    if known is not None and now < known[1]:
        return known[0]
    try:
        answer = await desk.api.call(gesture.spot.team, "users.info", user=gesture.member.id)
    except PlatformError as error:
        log.info("admin not known", reason=error.user_message)
        return False
    user = answer.get("user") or {}
    # Somebody of another workspace may administer that one, and not this.
    at_home = str(user.get("team_id") or gesture.spot.team) == gesture.spot.team
    admin = at_home and bool(user.get("is_admin") or user.get("is_owner"))
    desk.memory.admins.put(key, (admin, now + ADMIN_SECONDS))
    return admin
