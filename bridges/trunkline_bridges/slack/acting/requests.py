"""What a press, a command or a form means: who did it where, and the event that the core is given. Pure.

`Denied` carries the sentence for the one who asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from trunkline import pressing
from trunkline.backend import Feedback
from trunkline.bridge import FoundTurn
from trunkline.errors import Denied
from trunkline.inbound import Command, Inbound, Place
from trunkline.labels import one_line
from trunkline.messages import Json
from trunkline.pressing import Presser
from trunkline.words import words

from ..drawing.marks import plain as escape
from ..facts import Member, Spot, place_of, speaker_of, target_of
from ..ids import Id
from ..options import SlackOptions
from ..parse import is_native

ASKED: Final = 300
"""Characters of what somebody asked or chose that stand above the reply."""


@dataclass(frozen=True, slots=True)
class Gesture:
    """That somebody used a control, a command, a shortcut or a form somewhere."""

    id: str
    """The same for every delivery of it."""
    spot: Spot
    member: Member
    at: float
    trigger: str = ""
    """Opens a modal, once, for three seconds."""
    response_url: str = ""
    message: str = ""
    """The `ts` of the message that was acted on, if everybody sees it."""
    ephemeral: bool = False
    """It stands on a message that only they see."""
    view: str = ""
    """The modal that it stands on."""
    home: bool = False
    """It stands on their App Home, or on a form that was opened there."""
    command: str = ""
    """The slash command."""


def request(
    gesture: Gesture,
    place: Place,
    command: Command,
    target: Mapping[str, Json] | None = None,
    *,
    conversation: int = 0,
    part: str = "",
) -> Inbound:
    """The event. Redeliveries have the same key; `part` tells the events of one gesture apart."""
    spot = gesture.spot
    return Inbound(
        event_key=f"slack:act:{spot.team}:{gesture.member.id}:{gesture.id}{part}",
        place=place,
        speaker=speaker_of(gesture.member, spot.team),
        command=command,
        at=gesture.at,
        conversation=conversation,
        target=target if target is not None else target_of(spot, gesture.member, gesture.at),
    )


def answer_target(
    options: SlackOptions, gesture: Gesture, spot: Spot, asked: str = "", question: str = ""
) -> dict[str, Json]:
    """Where what was asked there is answered; `question` is the `ts` of the message that asks it, if one does."""
    native = is_native(options, spot)
    return target_of(spot, gesture.member, gesture.at, native=native, asked=asked, newest=question)


def chosen_target(gesture: Gesture, found: FoundTurn, asked: str) -> dict[str, Json]:
    """Where an option of a turn is answered: beside it, and it belongs to the one who chose."""
    spot = Spot(
        gesture.spot.team,
        gesture.spot.channel,
        str(found.target.get("thread") or ""),
        gesture.spot.private,
        gesture.spot.enterprise,
    )
    native = bool(found.target.get("native"))
    return target_of(spot, gesture.member, gesture.at, native=native, asked=asked)


def again_target(gesture: Gesture, found: FoundTurn) -> dict[str, Json]:
    """Where a turn is answered again: as before, and its controls stay with the one who asked first."""
    asker = str(found.target.get("asker") or found.speaker.user_id)
    return {**found.target, "asker": asker, "at": gesture.at}


def asked_line(key: str, member: Member, text: str) -> str:
    """A line of mrkdwn for what nobody else sees: who chose or asked what."""
    name = one_line(member.name, 80) or member.id
    return words(key, name=escape(name), text=escape(one_line(text, ASKED)))


def here(gesture: Gesture, found: FoundTurn | None, options: SlackOptions) -> FoundTurn:
    """The turn, if it still counts and is answered where its control was used."""
    if found is None:
        raise Denied(words("reply_gone"))
    place = place_of(options, gesture.spot, found.place.app)
    if place != found.place:
        raise Denied(words("slack_elsewhere"))
    return found


def presser_of(gesture: Gesture, *, moderator: bool = False) -> Presser:
    return Presser(gesture.member.id, gesture.spot.private, moderator)


def command_of(
    control: Id,
    values: Sequence[str],
    presser: Presser,
    found: FoundTurn,
    options: SlackOptions,
    feedback: Feedback,
    rated: str = "",
) -> Command:
    """What the control of a turn asks for. `rated` is how the one who presses rated the reply before."""
    if control.op not in pressing.MEANT:
        raise Denied(words("slack_unknown", command=options.command))
    return pressing.command_of(
        pressing.MEANT[control.op],
        pressing.chosen(control.index, values),
        found,
        presser=presser,
        pressing=options.pressing,
        feedback=feedback,
        rated=rated,
    )
