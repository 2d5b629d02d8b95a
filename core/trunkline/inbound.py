"""What reaches us from a platform: an event with its place, its speaker and one command.

A bridge's `parse.py` makes these, purely, from the platform's payloads. Every command takes the same road
through the router; the ones that make the app work become turns, the others act at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from .messages import Json, Media, Part, Speaker


@dataclass(frozen=True, slots=True)
class Place:
    """Where people talk. "" stands for a level that the platform or the history scope does not have."""

    platform: str
    app: str
    """The app's name in the settings."""
    team: str = ""
    channel: str = ""
    thread: str = ""
    user: str = ""


@dataclass(frozen=True, slots=True)
class Say:
    """A new message: text and media."""

    parts: tuple[Part, ...]
    stream: str = ""
    """The `UtteranceStream` through which the app heard it while it was said."""


@dataclass(frozen=True, slots=True)
class Choose:
    """Press an option under a reply. `turn` is the turn whose last reply shows it; 0 is the newest."""

    index: int
    turn: int = 0


@dataclass(frozen=True, slots=True)
class UseExample:
    """Start from an example of the app's, by its position in the profile."""

    index: int


@dataclass(frozen=True, slots=True)
class Press:
    """Press a button of the app's own (Upvote, Regenerate, …), by its id in the profile."""

    button: str


@dataclass(frozen=True, slots=True)
class Retry:
    """Answer a turn's message again; later turns are dropped. `turn` 0 is the newest."""

    turn: int = 0


@dataclass(frozen=True, slots=True)
class Edit:
    """Change what was said in a turn and answer again; later turns are dropped.

    `turn` 0 is the newest. Where `turn` is -1 the turn is found by `message_id`, the platform's id.
    """

    parts: tuple[Part, ...]
    turn: int = 0
    message_id: str = ""


@dataclass(frozen=True, slots=True)
class Undo:
    """Take back the newest turn."""


@dataclass(frozen=True, slots=True)
class Clear:
    """Forget what was said in the current conversation."""


@dataclass(frozen=True, slots=True)
class Stop:
    """End the running turn; what was shown so far stays.

    With `turn` that one alone: one that still waits is dropped.
    """

    turn: int = 0


@dataclass(frozen=True, slots=True)
class Rate:
    """Feedback on a message: "Like", "Dislike", one of the app's own options, or "" to take it back.

    `message` counts the messages of the turn's reply from 0 (-1: the last); with `of_user` the user's own message.
    """

    value: str
    turn: int = 0
    message: int = -1
    of_user: bool = False
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Configure:
    """Set values of the app's additional inputs for this conversation; None puts the default back."""

    values: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class NewConversation:
    title: str = ""


@dataclass(frozen=True, slots=True)
class SwitchConversation:
    conversation: int


@dataclass(frozen=True, slots=True)
class RenameConversation:
    conversation: int
    title: str


@dataclass(frozen=True, slots=True)
class DeleteConversation:
    conversation: int


@dataclass(frozen=True, slots=True)
class ChooseApp:
    """Talk to another app from now on: the event's place names it, and where."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Make the bot keep quiet in this place (`on`), or let it talk again."""

    on: bool


@dataclass(frozen=True, slots=True)
class ForgetMe:
    """Erase what is stored of the speaker."""


@dataclass(frozen=True, slots=True)
class TakeOver:
    """What `former`, of whom nothing was known, said in places of their own is the speaker's from now on.

    The bridge vouches that both are one person.
    """

    former: Speaker


@dataclass(frozen=True, slots=True)
class MessageDeleted:
    """A message was deleted on the platform, by its platform id."""

    message_id: str


@dataclass(frozen=True, slots=True)
class Heard:
    """What was played of a turn's reply in a call: `recording` is kept with it.

    Where the reply was interrupted, `text` is as much of it as was spoken, or `ms` of its own sound: the history
    keeps no more, and the reply counts as stopped. Both None: all of it was heard.
    """

    turn: int
    text: str | None = None
    ms: int | None = None
    recording: Media | None = None


TurnCommand: TypeAlias = "Say | Choose | UseExample | Press | Retry | Edit"
"""Commands that make the app work: each is stored as a turn."""

Command: TypeAlias = (
    "TurnCommand | Undo | Clear | Stop | Rate | Configure | NewConversation | SwitchConversation"
    " | RenameConversation | DeleteConversation | ChooseApp | Pause | ForgetMe | TakeOver | MessageDeleted | Heard"
)


@dataclass(frozen=True, slots=True)
class Inbound:
    """One event of a platform.

    `event_key` is unique per event over all platforms and teams (`"discord:<guild>:<channel>:<message>"`):
    twins and redeliveries carry the same key. `message_id` is the platform's id of the speaker's message,
    `target` whatever the bridge needs to answer it (channel, interaction token, …), kept with the turn.
    """

    event_key: str
    place: Place
    speaker: Speaker
    command: Command
    at: float
    """Seconds since the epoch, by the platform."""
    message_id: str = ""
    conversation: int = 0
    """The conversation meant, where the platform knows it (a widget's chat); 0 is the place's current one."""
    context: Mapping[str, Json] = field(default_factory=dict)
    """Values for the app's additional inputs that hold for this event alone."""
    target: Mapping[str, Json] = field(default_factory=dict)
    former_key: str = ""
    """The key under which the event came before, if the speaker's name was another one then."""
