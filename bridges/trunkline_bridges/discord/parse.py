"""What happened on Discord → what it means, and the `Inbound` of it. Pure.

`parse` says what a message means to us; the others make the events. An event's key is the same however often
Discord tells of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from trunkline.access import rules_of
from trunkline.backend import Feedback
from trunkline.bridge import FoundTurn
from trunkline.inbound import Edit, Inbound, MessageDeleted, Place, Rate, Say
from trunkline.messages import Json, Part

from .facts import PLATFORM, Member, Spot, Written, place_of, speaker_of, target_of
from .options import DiscordOptions


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that is meant for the bot."""

    addressed: bool
    """They spoke to the bot, rather than where it listens anyway."""
    opens_thread: bool = False
    """It is answered in a thread of its own."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Somebody spoke to the bot who may not, or not there."""


@dataclass(frozen=True, slots=True)
class Called:
    """Nothing but the bot's name."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A message that is meant for the bot, whose content Discord withholds."""


Meaning: TypeAlias = "Heard | Refused | Called | Unread | None"
"""What a message is to the bot; None for nothing."""

_LIKES: Final[Mapping[str, str]] = {"👍": "Like", "👎": "Dislike"}
_SKIN: Final = frozenset("🏻🏼🏽🏾🏿")
_ANY: Final = Feedback(like=True, dislike=True)
_OF_AN_INTERACTION: Final = frozenset({"token", "until", "original", "asked", "said", "speaker", "foreign"})


def parse(written: Written, options: DiscordOptions, bot: str) -> Meaning:
    """What a message means to the bot whose id is `bot`."""
    author, spot = written.author, written.spot
    if author.id == bot or (author.bot and author.id not in options.bots):
        return None
    addressed = _addressed(written, options)
    if not addressed and not _listens(options, spot):
        return None
    if not permitted(options, spot, author):
        return Refused() if addressed else None
    if not written.readable:
        return Unread()
    if not written.text and not written.files:
        return Called() if addressed and not author.bot else None
    return Heard(addressed, _opens_thread(written, options))


def permitted(options: DiscordOptions, spot: Spot, member: Member) -> bool:
    """Whether the allow- and block-lists let them talk there.

    Roles and categories exist in servers alone: where a list allows only some, direct messages are not among them.
    """
    place = place_of(options, spot, member.id, "")
    return (
        rules_of(options).permits(place, speaker_of(member))
        and (not options.allow_roles or bool(member.roles.intersection(options.allow_roles)))
        and not member.roles.intersection(options.block_roles)
        and (not options.allow_categories or spot.category in options.allow_categories)
        and spot.category not in options.block_categories
    )


def said(written: Written, place: Place, spot: Spot, parts: tuple[Part, ...], newest: str = "") -> Inbound:
    """A new message. `spot` is where it is answered, `newest` the last of the messages that it was made of."""
    at_hand = spot.channel == written.spot.channel
    return Inbound(
        event_key=_key(written.spot.channel, written.id),
        place=place,
        speaker=speaker_of(written.author),
        command=Say(parts),
        at=written.at,
        message_id=written.id,
        target=target_of(
            spot,
            written.author.id,
            written.at,
            reply_to=written.id if at_hand else "",
            newest=newest if newest != written.id else "",
        ),
    )


def edited(written: Written, found: FoundTurn, parts: tuple[Part, ...]) -> Inbound:
    """A message that was written anew, and the turn that it belongs to."""
    target: dict[str, Json] = {
        name: value for name, value in found.target.items() if name not in _OF_AN_INTERACTION
    }
    return Inbound(
        event_key=f"{_key(written.spot.channel, written.id)}:edit:{round(written.edited_at * 1000)}",
        place=found.place,
        speaker=speaker_of(written.author),
        command=Edit(parts, -1, written.id),
        at=written.edited_at,
        message_id=written.id,
        conversation=found.conversation,
        target=target | {"at": written.edited_at},
    )


def deleted(channel: str, message_id: str, found: FoundTurn, at: float) -> Inbound:
    """A message that is gone, and the turn that it belonged to."""
    return Inbound(
        event_key=f"{_key(channel, message_id)}:deleted",
        place=found.place,
        speaker=found.speaker,
        command=MessageDeleted(message_id),
        at=at,
        conversation=found.conversation,
    )


def feedback_of(emoji: str, offered: Feedback = _ANY) -> str:
    """What a reaction says of a reply, as far as the app takes that; "" for nothing."""
    value = _LIKES.get("".join(sign for sign in emoji if sign not in _SKIN and sign != "\ufe0f"), "")
    taken = {"Like": offered.like, "Dislike": offered.dislike}
    return value if taken.get(value, False) else ""


def rated(channel: str, message_id: str, member: Member, value: str, found: FoundTurn, at: float) -> Inbound:
    """A reaction on a reply, or with "" one that was taken away.

    Discord gives such an event no id: a second telling acts a second time, which changes nothing.
    """
    return Inbound(
        event_key=f"{_key(channel, message_id)}:rate:{member.id}:{round(at * 1000)}:{value}",
        place=found.place,
        speaker=speaker_of(member),
        command=Rate(value, found.view.id),
        at=at,
        conversation=found.conversation,
    )


def is_of_person(found: FoundTurn, message_id: str) -> bool:
    """Whether a message of the turn is the person's own and none of our posts."""
    target = found.target
    # A thread that was opened for a message has that message's id.
    return message_id in {target.get("reply_to"), target.get("newest"), found.place.thread}


def _addressed(written: Written, options: DiscordOptions) -> bool:
    if written.spot.private:
        return options.direct_messages
    return options.mentions and (written.mentions_bot or written.replies_to_bot)


def _listens(options: DiscordOptions, spot: Spot) -> bool:
    """Whether every message there is meant for the bot."""
    if spot.private:
        return False
    return spot.own_thread or spot.channel in options.channels or (spot.parent in options.channels)


def _opens_thread(written: Written, options: DiscordOptions) -> bool:
    if written.spot.private or written.spot.parent:
        return False
    return options.thread == "always" or (options.thread == "per_mention" and written.mentions_bot)


def _key(channel: str, message_id: str) -> str:
    return f"{PLATFORM}:{channel}:{message_id}"
