"""What a typed line means. Pure: what stands on the screen and can be meant by a number is an argument."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from trunkline.inbound import (
    Choose,
    Clear,
    Command,
    Configure,
    NewConversation,
    Press,
    Rate,
    Retry,
    Stop,
    SwitchConversation,
    Undo,
    UseExample,
)
from trunkline.words import words

Topic = Literal["help", "settings", "examples", "history", "feedback", "files", "buttons"]


@dataclass(frozen=True, slots=True)
class Known:
    """What can be meant by a number, counted from 1 as it is shown.

    `options` are how many stand under the newest reply; `turn` is that reply's, 0 for the greeting's.
    """

    options: int = 0
    turn: int = 0
    examples: int = 0
    conversations: tuple[int, ...] = ()
    feedback: tuple[str, ...] = ()
    buttons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Write:
    """A message."""

    text: str


@dataclass(frozen=True, slots=True)
class Rewrite:
    """The last message with another text."""

    text: str


@dataclass(frozen=True, slots=True)
class Attach:
    """Files that go with the next message."""

    paths: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ask:
    """Something to be listed."""

    topic: Topic


@dataclass(frozen=True, slots=True)
class Leave:
    """The end of the conversation."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """A line that means nothing, and why."""

    text: str


Typed: TypeAlias = "Write | Rewrite | Attach | Ask | Leave | Mistake | Command"


def parse(line: str, known: Known) -> Typed | None:
    """The meaning of a line; None for an empty one. `//` begins a message that begins with `/`."""
    text = line.strip()
    if not text:
        return None
    if text.startswith("//"):
        return Write(text[1:])
    if text.startswith("/"):
        name, _, argument = text[1:].partition(" ")
        command = _COMMANDS.get(name.casefold())
        if command is None:
            return Mistake(words("no_such_command", name=name))
        return command(argument.strip(), known)
    if known.options and text.isascii() and text.isdigit():
        number = _number(text, known.options)
        if number is None:
            return Mistake(words("no_such_option", number=text, count=known.options))
        return Choose(number, known.turn)
    return Write(text)


def _say(argument: str, known: Known) -> Typed:
    return Write(argument) if argument else Mistake(words("say_what"))


def _stop(argument: str, known: Known) -> Typed:
    if not argument:
        return Stop()
    if not (argument.isascii() and argument.isdigit()) or not 0 < len(argument) <= 15:
        return Mistake(words("no_such_turn", turn=argument))
    return Stop(int(argument))


def _edit(argument: str, known: Known) -> Typed:
    return Rewrite(argument) if argument else Mistake(words("edit_how"))


def _settings(argument: str, known: Known) -> Typed:
    if not argument:
        return Ask("settings")
    try:
        # The rest of the line belongs to a single setting; several are written with quotes where needed.
        pairs = [argument] if argument.count("=") == 1 else shlex.split(argument)
    except ValueError:
        return Mistake(words("settings_quote_open"))
    values: dict[str, str | None] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            return Mistake(words("sets_nothing", text=pair))
        values[name.strip()] = value.strip() or None
    return Configure(values)


def _files(argument: str, known: Known) -> Typed:
    if not argument:
        return Ask("files")
    try:
        return Attach(tuple(shlex.split(argument)))
    except ValueError:
        return Mistake(words("files_quote_open"))


def _numbered(
    topic: Topic, what: str, count: Callable[[Known], int], make: Callable[[int, Known], Command]
) -> _Parse:
    def numbered(argument: str, known: Known) -> Typed:
        if not argument:
            return Ask(topic)
        number = _number(argument, count(known))
        if number is None:
            return Mistake(_no_number(topic, words(what), argument, count(known)))
        return make(number, known)

    return numbered


def _no_number(topic: str, what: str, argument: str, count: int) -> str:
    if count:
        return words("no_such_number", what=what, number=argument, count=count)
    return words("not_listed", what=what, number=argument, topic=topic)


def _feedback(argument: str, known: Known) -> Typed:
    if not argument:
        return Ask("feedback")
    if argument.casefold() == "none":
        return Rate("")
    number = _number(argument, len(known.feedback))
    if number is not None:
        return Rate(known.feedback[number])
    by_name = {value.casefold(): value for value in known.feedback}
    # What the app takes is the core's to say.
    return Rate(by_name.get(argument.casefold(), argument))


def _ask(topic: Topic) -> _Parse:
    return lambda argument, known: Ask(topic)


def _always(typed: Typed) -> _Parse:
    return lambda argument, known: typed


def _number(text: str, count: int) -> int | None:
    """A number from 1 to `count`, counted from 0."""
    if not (text.isascii() and text.isdigit()) or len(text) > 6:
        return None
    number = int(text)
    return number - 1 if 1 <= number <= count else None


_Parse: TypeAlias = "Callable[[str, Known], Typed]"
_COMMANDS: Final[Mapping[str, _Parse]] = {
    "help": _ask("help"),
    "say": _say,
    "stop": _stop,
    "retry": _always(Retry()),
    "undo": _always(Undo()),
    "clear": _always(Clear()),
    "edit": _edit,
    "settings": _settings,
    "files": _files,
    "examples": _numbered("examples", "an_example", lambda known: known.examples, lambda n, known: UseExample(n)),
    "buttons": _numbered(
        "buttons", "a_button", lambda known: len(known.buttons), lambda n, known: Press(known.buttons[n])
    ),
    "history": _numbered(
        "history",
        "a_conversation",
        lambda known: len(known.conversations),
        lambda n, known: SwitchConversation(known.conversations[n]),
    ),
    "new": lambda argument, known: NewConversation(argument),
    "like": _always(Rate("Like")),
    "dislike": _always(Rate("Dislike")),
    "feedback": _feedback,
    "quit": _always(Leave()),
    "exit": _always(Leave()),
}


def names() -> Sequence[str]:
    """The commands, without their stroke."""
    return tuple(_COMMANDS)
