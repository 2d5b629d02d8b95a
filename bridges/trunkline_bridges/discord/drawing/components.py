"""Buttons and selects below a reply, as Discord's JSON. Pure.

Everything stays within a message's five rows. What a control stands for is in its `custom_id` (`ids.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Literal, TypeAlias

from trunkline.bridge import View
from trunkline.labels import line_within
from trunkline.messages import Json, Option, Reply
from trunkline.steps import offered

from ..ids import Id
from ..limits import BUTTON_LABEL, BUTTONS_PER_ROW, PLACEHOLDER, ROWS, SELECT_LABEL, SELECT_OPTIONS

Words: TypeAlias = "Callable[[str], str]"
ROW: Final = 1
BUTTON: Final = 2
SELECT: Final = 3
_PRIMARY: Final = 1
_SECONDARY: Final = 2
_SUCCESS: Final = 3
_DANGER: Final = 4
_OPTION_ROWS: Final = ROWS - 1
"""One row is kept for the controls."""
_OWN_FEEDBACK: Final = 3
"""Feedback of the app's own that is offered as buttons; more is a select."""
_EMOJI: Final = {"Like": "👍", "Dislike": "👎"}

__all__ = ["button", "more_rows", "reply_rows", "select"]


def reply_rows(reply: Reply, view: View) -> list[Json]:
    """The rows below a reply's last text post."""
    if reply.running:
        return _running_rows(view)
    controls, feedback = _controls(reply, view), _feedback_select(reply, view)
    options = reply.options if reply.state != "failed" else ()
    if not view.newest:
        chosen = _chosen(view, options)
        return [*_button_rows(chosen), *_button_rows(controls)]
    rows = [*_button_rows(controls)[: _OPTION_ROWS - len(feedback)], *feedback]
    return [*_option_rows(view.turn, options, view.words, controls_rows=rows), *rows][:ROWS]


def more_rows(turn: int, options: Sequence[Option], first: int, wording: Words) -> list[Json]:
    """The options from `first` on, for an answer of their own; the last row leads on where there are more."""
    left = len(options) - first
    if left <= ROWS * SELECT_OPTIONS:
        return _selects(turn, options, first, ROWS, wording)
    selects = _selects(turn, options, first, _OPTION_ROWS, wording)
    return [*selects, *_button_rows([_more(turn, options, first + _OPTION_ROWS * SELECT_OPTIONS, wording)])]


def button(custom_id: Id, label: str, *, style: int = _SECONDARY, emoji: str = "", disabled: bool = False) -> Json:
    """A button; its label is cut where it is too long."""
    made: dict[str, Json] = {
        "type": BUTTON,
        "style": style,
        "label": line_within(label, BUTTON_LABEL) or "…",
        "custom_id": str(custom_id),
    }
    if emoji:
        made["emoji"] = {"name": emoji}
    if disabled:
        made["disabled"] = True
    return made


def select(custom_id: Id, choices: Iterable[tuple[str, str]], placeholder: str) -> Json:
    """A row with a select of one of `choices`: value and label."""
    options: list[Json] = [
        {"label": line_within(label, SELECT_LABEL) or "…", "value": value} for value, label in choices
    ]
    made: Json = {
        "type": SELECT,
        "custom_id": str(custom_id),
        "options": options,
        "placeholder": line_within(placeholder, PLACEHOLDER),
    }
    return {"type": ROW, "components": [made]}


def _running_rows(view: View) -> list[Json]:
    buttons: list[Json] = []
    if view.profile.abilities.stop:
        buttons.append(button(Id("stop", view.turn), view.words("stop"), style=_DANGER))
    buttons += _app_buttons(view, "stop")
    return _button_rows(buttons)[:ROWS]


def _controls(reply: Reply, view: View) -> list[Json]:
    """What can be done with a reply that has ended. A failed one left no history: it can only be tried again."""
    profile, words = view.profile, view.words
    abilities, failed = profile.abilities, reply.state == "failed"
    buttons: list[Json] = []
    if view.newest and abilities.retry:
        buttons.append(button(Id("retry", view.turn), words("retry"), emoji="🔁"))
    if failed:
        return buttons
    if view.newest and abilities.undo:
        buttons.append(button(Id("undo", view.turn), words("undo"), emoji="↩️"))
    if view.newest:
        buttons += _feedback_buttons(view)
    if offered(reply, view):
        buttons.append(button(Id("thoughts", view.turn), words("thoughts"), emoji="💭"))
    if view.newest:
        buttons += _app_buttons(view, "turn", "quiet")
    return buttons


def _feedback_buttons(view: View) -> list[Json]:
    values = view.profile.feedback.values
    own = len(view.profile.feedback.others)
    shown = values if own <= _OWN_FEEDBACK else values[: len(values) - own]
    labels = {"Like": view.words("like"), "Dislike": view.words("dislike")}
    return [
        button(Id("rate", view.turn, index), labels.get(value, value), emoji=_EMOJI.get(value, ""))
        for index, value in enumerate(shown)
    ]


def _feedback_select(reply: Reply, view: View) -> list[Json]:
    """The app's own feedback where it is too much for buttons: as much of it as a select holds."""
    own = view.profile.feedback.others
    if not view.newest or reply.state == "failed" or len(own) <= _OWN_FEEDBACK:
        return []
    values = view.profile.feedback.values
    first = len(values) - len(own)
    choices = [(str(index), values[index]) for index in range(first, min(len(values), first + SELECT_OPTIONS))]
    return [select(Id("rate", view.turn, first), choices, view.words("discord_feedback"))]


def _app_buttons(view: View, *effects: Literal["turn", "stop", "quiet"]) -> list[Json]:
    return [
        button(Id("button", 0, index), one.label)
        for index, one in enumerate(view.profile.buttons)
        if one.effect in effects
    ]


def _chosen(view: View, options: Sequence[Option]) -> list[Json]:
    """What was chosen, in place of the options of an older turn."""
    if not 0 <= view.chosen < len(options):
        return []
    label = options[view.chosen].shown
    return [button(Id("option", view.turn, view.chosen), label, style=_SUCCESS, emoji="✅", disabled=True)]


def _option_rows(turn: int, options: Sequence[Option], wording: Words, *, controls_rows: list[Json]) -> list[Json]:
    rows = min(_OPTION_ROWS, ROWS - len(controls_rows))
    if len(options) <= rows * BUTTONS_PER_ROW:
        return _button_rows(
            button(Id("option", turn, index), option.shown, style=_PRIMARY) for index, option in enumerate(options)
        )
    if len(options) > rows * SELECT_OPTIONS:
        rows -= 1
        more = _button_rows([_more(turn, options, rows * SELECT_OPTIONS, wording)])
        return [*_selects(turn, options, 0, rows, wording), *more]
    return _selects(turn, options, 0, rows, wording)


def _more(turn: int, options: Sequence[Option], first: int, wording: Words) -> Json:
    return button(Id("more", turn, first), wording("discord_more_options").format(count=len(options) - first))


def _selects(turn: int, options: Sequence[Option], first: int, rows: int, wording: Words) -> list[Json]:
    made: list[Json] = []
    for start in range(first, min(len(options), first + rows * SELECT_OPTIONS), SELECT_OPTIONS):
        end = min(len(options), start + SELECT_OPTIONS)
        many = len(options) > SELECT_OPTIONS
        placeholder = (
            wording("discord_choose_among").format(first=start + 1, last=end, count=len(options))
            if many
            else wording("discord_choose")
        )
        choices = [(str(index), options[index].shown) for index in range(start, end)]
        made.append(select(Id("pick", turn, start // SELECT_OPTIONS), choices, placeholder))
    return made


def _button_rows(buttons: Iterable[Json]) -> list[Json]:
    all_of_them = list(buttons)
    return [
        {"type": ROW, "components": all_of_them[start : start + BUTTONS_PER_ROW]}
        for start in range(0, len(all_of_them), BUTTONS_PER_ROW)
    ]
