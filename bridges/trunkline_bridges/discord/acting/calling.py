"""Calls, as people ask for them by commands and by the panel's buttons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trunkline.calls import Tuning
from trunkline.errors import Denied
from trunkline.inbound import Stop
from trunkline.words import words

from ..desk import Desk
from ..hearing.reading import spot_of
from ..ids import Id
from ..parse import permitted
from . import actions
from .replying import Outcome
from .requests import Gesture

if TYPE_CHECKING:
    from ..speaking.rooms import Rooms
    from ..voice import DiscordCall

SLOWEST, FASTEST = 0.25, 4.0
"""Speeds of a voice; 1.0 is its own."""


async def join(desk: Desk, gesture: Gesture) -> Outcome:
    """Come into the voice channel of who asks, else into that in whose chat they ask."""
    rooms, spot, member = _rooms(desk), gesture.spot, gesture.member
    if not spot.guild:
        raise Denied(words("discord_voice_servers"))
    if not _may_call(desk, gesture):
        raise Denied(words("discord_voice_not_allowed"))
    channel = rooms.channel_of(spot.guild, member.id) or rooms.voice_channel(spot.channel)
    if channel is None:
        raise Denied(words("discord_voice_where"))
    if not permitted(desk.options, spot_of(channel, channel.guild, desk.bot), member):
        raise Denied(words("not_allowed"))
    joined = await rooms.join(channel)
    return words("discord_voice_joined" if joined else "discord_voice_here", channel=f"<#{channel.id}>")


async def leave(desk: Desk, gesture: Gesture) -> Outcome:
    call = _call(desk, gesture)
    _check_presence(call, gesture)
    await call.hang_up()
    return words("discord_voice_left")


async def stop(desk: Desk, gesture: Gesture) -> Outcome:
    """In the chat of a call: its conversation. Elsewhere: the reply that runs."""
    call = desk.rooms.call_in(gesture.spot.guild) if desk.rooms is not None else None
    if call is None or call.here.spot.channel != gesture.spot.channel:
        return await actions.on_current(desk, gesture, Stop())
    _check_presence(call, gesture)
    call.press("stop", gesture.member.id)
    return words("discord_voice_stopped_now")


async def press(desk: Desk, gesture: Gesture, control: Id) -> Outcome:
    """A button of the panel."""
    from ..speaking.panel import CONTROLS

    call = _call(desk, gesture)
    _check_presence(call, gesture)
    if control.index >= len(CONTROLS):
        raise Denied(words("discord_unknown"))
    wanted = CONTROLS[control.index]
    if wanted == "talk" and not call.hears(gesture.member.id):
        raise Denied(words("discord_voice_not_heard"))
    if wanted == "leave":
        await call.hang_up()
    else:
        call.press(wanted, gesture.member.id)
    return None


async def listen(desk: Desk, gesture: Gesture) -> Outcome:
    """They want to be heard."""
    await _rooms(desk).listen_to(_call(desk, gesture), gesture.member)
    return words("discord_voice_listens")


async def unlisten(desk: Desk, gesture: Gesture) -> Outcome:
    """They do not want it any more."""
    await _rooms(desk).do_not_listen(gesture.spot.guild, gesture.member)
    return words("discord_voice_listens_not")


async def tune(desk: Desk, gesture: Gesture, language: str, voice: str, speed: float) -> Outcome:
    """How calls in this channel sound; what is left out stays, without anything all is put back."""
    rooms = _rooms(desk)
    if speed and not SLOWEST <= speed <= FASTEST:
        raise Denied(words("discord_voice_speeds", slowest=SLOWEST, fastest=FASTEST))
    await actions.manage(desk, gesture, await actions.place_here(desk, gesture))
    if not (language or voice or speed):
        await rooms.tune(gesture.spot.channel, Tuning())
        return words("discord_voice_tuned_back")
    now = await rooms.tuning_in(gesture.spot.channel)
    tuning = Tuning(language.strip() or now.language, voice.strip() or now.voice, speed or now.speed)
    await rooms.tune(gesture.spot.channel, tuning)
    return words("discord_done")


def _rooms(desk: Desk) -> Rooms:
    if desk.rooms is None:
        raise Denied(words("discord_voice_off"))
    return desk.rooms


def _call(desk: Desk, gesture: Gesture) -> DiscordCall:
    """The call of the server."""
    call = _rooms(desk).call_in(gesture.spot.guild)
    if call is None:
        raise Denied(words("discord_voice_no_call"))
    return call


def _check_presence(call: DiscordCall, gesture: Gesture) -> None:
    """What concerns all in a call is for who is in it, and for moderators."""
    if not (gesture.member.moderator or call.present(gesture.member.id)):
        raise Denied(words("discord_voice_outside"))


def _may_call(desk: Desk, gesture: Gesture) -> bool:
    member, options = gesture.member, desk.options
    match options.voice_join:
        case "everyone":
            return True
        case "moderators":
            return member.moderator
        case "roles":
            return member.moderator or not member.roles.isdisjoint(options.voice_roles)
