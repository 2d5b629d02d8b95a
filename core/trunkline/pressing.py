"""Who may press what below a reply, and what a press asks the core for. Pure.

`Denied` carries the sentence for the one who pressed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, TypeVar

from .backend import AppProfile, Feedback
from .bridge import FoundTurn, View
from .errors import Denied
from .inbound import Choose, Command, Rate, Retry, Stop, Undo
from .options import BridgeOptions
from .recent import Recent
from .words import words

T = TypeVar("T")
Pressed: TypeAlias = Literal["stop", "retry", "undo", "rate", "option"]
MEANT: Final[Mapping[str, Pressed]] = {
    "stop": "stop",
    "retry": "retry",
    "undo": "undo",
    "rate": "rate",
    "feedback": "rate",
    "option": "option",
    "pick": "option",
}
"""What the controls of a turn ask for, by the `op` of their ids."""
TWICE_SECONDS: Final = 2.0
"""Within this time a second press on the same reply is taken for the first."""
_REMEMBERED: Final = 4096
_NONE: Final = Feedback()
_ON_OLDER: Final = frozenset({"rate", "stop"})
_FREE: Final = frozenset({"rate"})
"""What anybody may do who sees the reply."""


@dataclass(frozen=True, slots=True)
class Presser:
    """Who pressed. `alone`: nobody else talks to the bot there. `moderator`: may do what concerns others too."""

    user: str
    alone: bool = False
    moderator: bool = False


class Presses:
    """What was pressed lately, of the newest replies; all of it may be lost."""

    def __init__(self) -> None:
        self._at: Recent[int, float] = Recent(_REMEMBERED)
        self._rated: Recent[tuple[int, str], str] = Recent(_REMEMBERED)

    def twice(self, turn: int, command: Command, now: float) -> bool:
        """Whether it is the second of two quick presses: both would count before the first's effect is seen."""
        if not isinstance(command, Retry | Undo | Choose):
            return False
        last = self._at.get(turn)
        if last is not None and now - last < TWICE_SECONDS:
            return True
        self._at.put(turn, now)
        return False

    def done(self, turn: int, user: str, command: Command, said: str | None) -> None:
        """The core said that of what they asked for: a rating that it took is how they rated the reply."""
        if isinstance(command, Rate) and said in {words("rated"), words("rating_removed")}:
            self._rated.put((turn, user), command.value)

    def rated(self, found: FoundTurn, user: str) -> str:
        """How they rated a reply."""
        remembered = self._rated.get((found.view.id, user))
        return _last_rating(found, user) if remembered is None else remembered


def owns(presser: Presser, found: FoundTurn) -> bool:
    """Whether a turn is theirs: they asked, or moderate."""
    asker = found.target.get("asker") or found.speaker.user_id
    return presser.alone or presser.moderator or asker == presser.user


def allowed(presser: Presser, found: FoundTurn, pressing: str) -> bool:
    """Whether they may press what changes a reply, where the settings say `pressing`."""
    return pressing == "anyone" or owns(presser, found)


def command_of(
    op: Pressed,
    index: int,
    found: FoundTurn,
    *,
    presser: Presser,
    pressing: str,
    feedback: Feedback = _NONE,
    rated: str = "",
) -> Command:
    """What the control of a turn asks for; `index` says which option or which feedback.

    `feedback` is the app's, for a rating; `rated` is how the presser rated the reply before.
    """
    if op not in _FREE and not allowed(presser, found, pressing):
        raise Denied(words("not_yours"))
    if op not in _ON_OLDER and not found.newest:
        raise Denied(words("older_reply"))
    turn = found.view.id
    match op:
        case "stop":
            return Stop(turn)
        case "retry":
            return Retry(turn)
        case "undo":
            return Undo()
        case "rate":
            value = picked(feedback.values, index, "no_feedback")
            return Rate("" if value == rated else value, turn)
        case "option":
            picked(found.view.reply.options, index, "option_gone")
            return Choose(index, turn)


def chosen(index: int, values: Sequence[str]) -> int:
    """The index that a button stands for, or that was chosen in a select."""
    if not values:
        return index
    return int(values[0]) if values[0].isascii() and values[0].isdecimal() else -1


def picked(items: Sequence[T], index: int, gone: str) -> T:
    """The item; `Denied` with the words of `gone` where there is none."""
    if not 0 <= index < len(items):
        raise Denied(words(gone))
    return items[index]


def _last_rating(found: FoundTurn, user: str) -> str:
    """How they rated the last message of the reply: the store knows what was said last, by whomever."""
    last = sum(message.role == "assistant" for message in found.view.reply.messages) - 1
    return found.view.ratings.get(last, "") if found.speaker.user_id == user else ""


def view_of(found: FoundTurn, profile: AppProfile, options: BridgeOptions, said: Callable[[str], str]) -> View:
    """A stored turn as its bridge draws it, with the bridge's own settings."""
    return View(
        profile=profile,
        turn=found.view.id,
        target=found.target,
        newest=found.newest,
        conversation=found.conversation,
        options=options.model_dump(mode="json"),
        words=said,
    )
