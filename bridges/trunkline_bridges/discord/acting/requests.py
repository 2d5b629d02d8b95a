"""What a press or a command means: what the core is asked for, or why that may not be. Pure.

`Denied` carries the sentence for the one who asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from trunkline.backend import AppProfile
from trunkline.bridge import FoundTurn
from trunkline.errors import Denied
from trunkline.inbound import Choose, Command, Inbound, Place, Rate, Retry, Stop, Undo
from trunkline.messages import Json
from trunkline.words import words

from ..drawing.text import escape
from ..facts import Member, Spot, place_of, speaker_of, target_of
from ..ids import Id
from ..limits import TOKEN_SECONDS
from ..options import DiscordOptions
from .labels import one_line

T = TypeVar("T")
ASKED: Final = 300
"""Characters of what somebody asked or chose that stand above the reply."""
_ON_OLDER: Final = frozenset({"thoughts", "rate", "stop"})
_FREE: Final = frozenset({"thoughts", "rate"})
"""What anybody may do who sees the reply."""


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


def allowed(gesture: Gesture, found: FoundTurn, options: DiscordOptions) -> bool:
    """Whether they may press what changes a reply."""
    return options.pressing == "anyone" or owns(gesture, found)


def owns(gesture: Gesture, found: FoundTurn) -> bool:
    """Whether it is theirs: they asked, or moderate."""
    asker = found.target.get("asker") or found.speaker.user_id
    return alone(gesture.spot) or gesture.member.moderator or asker == gesture.member.id


def alone(spot: Spot) -> bool:
    """Nobody else talks to the bot there."""
    return spot.private and not spot.foreign


def command_of(
    control: Id,
    values: Sequence[str],
    gesture: Gesture,
    found: FoundTurn,
    profile: AppProfile,
    options: DiscordOptions,
    rated: str = "",
) -> Command:
    """What the control of a turn asks for. `rated` is how the one who presses rated it before."""
    if control.op not in _FREE and not allowed(gesture, found, options):
        raise Denied(words("discord_not_yours"))
    if control.op not in _ON_OLDER and not found.newest:
        raise Denied(words("discord_older"))
    turn = found.view.id
    match control.op:
        case "stop":
            return Stop(turn)
        case "retry":
            return Retry(turn)
        case "undo":
            return Undo()
        case "rate":
            value = _picked(profile.feedback.values, chosen(control, values), "no_feedback")
            return Rate("" if value == rated else value, turn)
        case "option" | "pick":
            index = chosen(control, values)
            _picked(found.view.reply.options, index, "option_gone")
            return Choose(index, turn)
        case _:
            raise Denied(words("discord_unknown"))


def chosen(control: Id, values: Sequence[str]) -> int:
    """The index that a button stands for, or that was chosen in a select."""
    if not values:
        return control.index
    return int(values[0]) if values[0].isdecimal() else -1


def _picked(items: Sequence[T], index: int, gone: str) -> T:
    if not 0 <= index < len(items):
        raise Denied(words(gone))
    return items[index]
