"""What a press or a command means: what the core is asked for, or why that may not be. Pure.

`Denied` carries the sentence for the one who asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from trunkline import pressing
from trunkline.backend import AppProfile, Feedback
from trunkline.bridge import FoundTurn
from trunkline.errors import Denied
from trunkline.inbound import Command, Inbound, Place
from trunkline.labels import one_line
from trunkline.messages import Json
from trunkline.pressing import Presser
from trunkline.words import words

from ..drawing.text import escape
from ..facts import Member, Spot, place_of, speaker_of, target_of
from ..ids import Id
from ..limits import TOKEN_SECONDS
from ..options import DiscordOptions

ASKED: Final = 300
"""Characters of what somebody asked or chose that stand above the reply."""


@dataclass(frozen=True, slots=True)
class Gesture:
    """That somebody used a control or a command somewhere."""

    id: str
    """The interaction's."""
    token: str
    spot: Spot
    member: Member
    at: float
    message: str = ""
    """The message that carries the control; "" for none, and for one that nobody else sees."""


def request(
    gesture: Gesture,
    place: Place,
    command: Command,
    target: Mapping[str, Json] | None = None,
    *,
    conversation: int = 0,
) -> Inbound:
    """The event. Twins and redeliveries of the interaction have the same key."""
    return Inbound(
        event_key=f"discord:interaction:{gesture.id}",
        place=place,
        speaker=speaker_of(gesture.member),
        command=command,
        at=gesture.at,
        conversation=conversation,
        target=target if target is not None else answer_target(gesture),
    )


def answer_target(
    gesture: Gesture, *, asked: str = "", reply_to: str = "", original: bool = False
) -> dict[str, Json]:
    """Where the answer goes: the channel; by the interaction's token only where there is no other way.

    With `original` it becomes the interaction's deferred answer.
    """
    by_token = original or gesture.spot.foreign
    return target_of(
        gesture.spot,
        gesture.member.id,
        gesture.at,
        reply_to=reply_to,
        asked=asked,
        token=gesture.token if by_token else "",
        until=gesture.at + TOKEN_SECONDS if by_token else 0.0,
        original=original,
    )


def again_target(gesture: Gesture, found: FoundTurn) -> dict[str, Json]:
    """Where a turn is answered again: as before, and its controls stay with the one who asked first."""
    former = found.target
    target = answer_target(
        gesture, asked=str(former.get("asked") or ""), reply_to=str(former.get("reply_to") or "")
    )
    return target | {"asker": str(former.get("asker") or found.speaker.user_id)}


def asked_line(key: str, member: Member, text: str) -> str:
    """A line for what nobody else sees: who chose or asked what."""
    name = one_line(member.name, 80) or member.id
    return words(key, name=escape(name), text=escape(one_line(text, ASKED)))


def here(gesture: Gesture, found: FoundTurn | None, options: DiscordOptions) -> FoundTurn:
    """The turn, if it still counts and is answered where its control was used.

    In their direct messages people reach what they asked elsewhere: answers that had no other way end there.
    """
    if found is None:
        raise Denied(words("reply_gone"))
    spot = gesture.spot
    place = place_of(options, spot, gesture.member.id, found.place.app)
    same = (place.team, place.channel, place.thread) == (found.place.team, found.place.channel, found.place.thread)
    if not same and not (alone(spot) and found.speaker.user_id == gesture.member.id):
        raise Denied(words("discord_elsewhere"))
    return found


def presser_of(gesture: Gesture) -> Presser:
    return Presser(gesture.member.id, alone(gesture.spot), gesture.member.moderator)


def allowed(gesture: Gesture, found: FoundTurn, options: DiscordOptions) -> bool:
    """Whether they may press what changes a reply."""
    return pressing.allowed(presser_of(gesture), found, options.pressing)


def owns(gesture: Gesture, found: FoundTurn) -> bool:
    """Whether it is theirs: they asked, or moderate."""
    return pressing.owns(presser_of(gesture), found)


def alone(spot: Spot) -> bool:
    """Nobody else talks to the bot there."""
    return spot.private and not spot.foreign


def command_of(
    control: Id,
    values: Sequence[str],
    gesture: Gesture,
    found: FoundTurn,
    profile: AppProfile | None,
    options: DiscordOptions,
    rated: str = "",
) -> Command:
    """What the control of a turn asks for.

    `profile` is the app's, for a rating; `rated` is how the one who presses rated the reply before.
    """
    if control.op not in pressing.MEANT:
        raise Denied(words("discord_unknown"))
    return pressing.command_of(
        pressing.MEANT[control.op],
        chosen(control, values),
        found,
        presser=presser_of(gesture),
        pressing=options.pressing,
        feedback=profile.feedback if profile is not None else Feedback(),
        rated=rated,
    )


def chosen(control: Id, values: Sequence[str]) -> int:
    """The index that a button stands for, or that was chosen in a select."""
    return pressing.chosen(control.index, values)
