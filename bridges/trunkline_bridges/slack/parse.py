"""What happened on Slack → what it means, and the `Inbound` of it. Pure.

`meaning` says what a message is to us; the others make the events of what `hearing.reading` read. An event's key
is the same however often, and under whichever name, Slack tells of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from trunkline.access import rules_of
from trunkline.backend import Feedback
from trunkline.bridge import FoundTurn
from trunkline.inbound import Edit, Inbound, MessageDeleted, Place, Rate, RenameConversation, Say, Stop
from trunkline.messages import Json, Part

from .facts import Member, Spot, Written, place_of, speaker_of, target_of
from .hearing.reading import THUMBS, Deleted, Reacted, Said, Stopped, Titled, key_at
from .limits import timestamp
from .options import SlackOptions


@dataclass(frozen=True, slots=True)
class Heard:
    """A message that is meant for the bot."""

    addressed: bool
    """They spoke to the bot, rather than where it listens anyway."""


@dataclass(frozen=True, slots=True)
class Follows:
    """A message in a thread: meant for the bot if it was spoken to there before."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Somebody spoke to the bot who may not, or not there."""


@dataclass(frozen=True, slots=True)
class Called:
    """Nothing but the bot's name."""


Meaning: TypeAlias = "Heard | Follows | Refused | Called | None"
"""What a message is to the bot; None for nothing."""

_ANY: Final = Feedback(like=True, dislike=True)


# Meaning


def meaning(said: Said, options: SlackOptions, *, known: bool = False) -> Meaning:
    """What a new message is to the bot; `known`: it was spoken to in this thread before."""
    written = said.written
    author, spot = written.author, written.spot
    if (author.bot and author.bot not in options.bots) or author.id == "USLACKBOT":
        return None
    addressed = options.direct_messages if spot.private else options.mentions and written.mentions_bot
    if not addressed and not _listens(said, options):
        return None
    if not addressed and spot.channel not in options.channels and not known:
        return Follows() if permitted(options, spot, author) else None
    if not permitted(options, spot, author):
        return Refused() if addressed and not author.bot else None
    if not written.text.strip() and not written.files:
        return Called() if addressed and not author.bot else None
    return Heard(addressed)


def _listens(said: Said, options: SlackOptions) -> bool:
    spot = said.written.spot
    if spot.private:
        return False
    return spot.channel in options.channels or (options.mentions and said.follows)


def permitted(options: SlackOptions, spot: Spot, member: Member) -> bool:
    """Whether the allow- and block-lists let them talk there, and guests of Slack Connect at all."""
    if member.team and member.team != spot.team and not options.guests:
        return False
    return rules_of(options).permits(place_of(options, spot, ""), speaker_of(member, spot.team))


def feedback_of(emoji: str, offered: Feedback = _ANY) -> str:
    """What a reaction says of a reply, as far as the app takes that; "" for nothing."""
    value = THUMBS.get(emoji.partition("::")[0], "")
    taken = {"Like": offered.like, "Dislike": offered.dislike}
    return value if taken.get(value, False) else ""


def is_native(options: SlackOptions, spot: Spot) -> bool:
    """Whether replies there are to be Slack's own streams: in a channel only the one who asked would see them."""
    if options.streaming == "edit":
        return False
    return options.streaming == "native" or (spot.private and options.agent != "none")


# Events


def key_of(written: Written) -> str:
    """The key of a new message; `message` and `app_mention` tell of the same."""
    return key_at(written.spot, written.ts)


def said_in(written: Written, place: Place, parts: tuple[Part, ...], options: SlackOptions) -> Inbound:
    """A new message."""
    spot = written.spot
    return Inbound(
        event_key=key_of(written),
        place=place,
        speaker=speaker_of(written.author, spot.team),
        command=Say(parts),
        at=timestamp(written.ts),
        message_id=written.ts,
        target=target_of(
            spot, written.author, timestamp(written.ts), native=is_native(options, spot), newest=written.ts
        ),
    )


def edited(written: Written, found: FoundTurn, parts: tuple[Part, ...]) -> Inbound:
    """A message that was written anew, and the turn that it belongs to."""
    at = timestamp(written.edited_ts)
    target: dict[str, Json] = {name: value for name, value in found.target.items() if name != "asked"}
    return Inbound(
        event_key=edit_key(written),
        place=found.place,
        speaker=speaker_of(written.author, written.spot.team),
        command=Edit(parts, -1, written.ts),
        at=at,
        message_id=written.ts,
        conversation=found.conversation,
        target=target | {"at": at},
    )


def edit_key(written: Written) -> str:
    return f"{key_of(written)}:edit:{written.edited_ts}"


def deletion_key(deleted: Deleted) -> str:
    return f"{key_at(deleted.spot, deleted.ts)}:deleted"


def deleted_in(deleted: Deleted, found: FoundTurn) -> Inbound:
    """A message that is gone, and the turn that it belonged to."""
    return Inbound(
        event_key=deletion_key(deleted),
        place=found.place,
        speaker=found.speaker,
        command=MessageDeleted(deleted.ts),
        at=deleted.at,
        conversation=found.conversation,
    )


def rated(reacted: Reacted, value: str, found: FoundTurn) -> Inbound:
    """A reaction on a reply, or with "" one that was taken away."""
    return Inbound(
        event_key=reacted.key,
        place=found.place,
        speaker=speaker_of(reacted.member, reacted.spot.team),
        command=Rate(value, found.view.id),
        at=reacted.at,
        conversation=found.conversation,
    )


def stopped_in(stopped: Stopped, place: Place, turn: int, conversation: int) -> Inbound:
    """Slack's Stop. `turn` 0: whatever runs there."""
    return Inbound(
        event_key=stopped.key,
        place=place,
        speaker=speaker_of(stopped.member, stopped.spot.team),
        command=Stop(turn),
        at=stopped.at,
        conversation=conversation,
    )


def renamed_in(titled: Titled, place: Place, conversation: int) -> Inbound:
    """A session's new title, for its conversation."""
    return Inbound(
        event_key=titled.key,
        place=place,
        speaker=speaker_of(titled.member, titled.spot.team),
        command=RenameConversation(conversation, titled.title),
        at=titled.at,
        conversation=conversation,
    )


def is_of_person(found: FoundTurn, ts: str) -> bool:
    """Whether a message of the turn is the person's own and none of our posts."""
    return ts == found.target.get("newest")
