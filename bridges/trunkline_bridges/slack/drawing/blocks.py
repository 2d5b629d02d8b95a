"""Blocks of Slack's Block Kit: words, buttons and selects, each within its limits. Pure.

What a control stands for is in its `action_id` (`ids.py`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal, TypeAlias

from trunkline.bridge import View
from trunkline.labels import clipped, line_within
from trunkline.messages import Json, Option, Reply
from trunkline.steps import offered

from ..ids import Id
from ..limits import ACTIONS, BUTTON_TEXT, BUTTON_VALUE, CONTEXT, SELECT_OPTIONS, SELECT_TEXT
from .marks import plain

Block: TypeAlias = Mapping[str, Json]
CONTEXT_TEXT: Final = 1900
"""Characters of one element of a context block; Slack takes 2,000."""
PLACEHOLDER: Final = 150
_SHOWN_LABEL: Final = 300


def markdown(text: str) -> Block:
    return {"type": "markdown", "text": text}


def section(text: str) -> Block:
    """Words of mrkdwn, at most `limits.SECTION` of them."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def context(*texts: str) -> Block:
    """Small print in mrkdwn."""
    elements: list[Json] = [{"type": "mrkdwn", "text": clipped(text, CONTEXT_TEXT)} for text in texts[:CONTEXT]]
    return {"type": "context", "elements": elements}


def button(action: Id, label: str, *, value: str = "", style: Literal["", "primary", "danger"] = "") -> Json:
    """A button; its label is cut where it is too long, its value where Slack takes no more."""
    made: dict[str, Json] = {
        "type": "button",
        "action_id": str(action),
        "text": {"type": "plain_text", "text": line_within(label, BUTTON_TEXT) or "…", "emoji": True},
    }
    if value:
        made["value"] = value[:BUTTON_VALUE]
    if style:
        made["style"] = style
    return made


def select(action: Id, choices: Iterable[tuple[str, str]], placeholder: str) -> Json:
    """A select of one of `choices`: value and label; at most `SELECT_OPTIONS` of them."""
    options: list[Json] = [
        {"text": {"type": "plain_text", "text": line_within(label, SELECT_TEXT) or "…"}, "value": value}
        for value, label in choices
    ]
    return {
        "type": "static_select",
        "action_id": str(action),
        "placeholder": {"type": "plain_text", "text": line_within(placeholder, PLACEHOLDER)},
        "options": options,
    }


def actions(elements: Sequence[Json]) -> Iterator[Block]:
    """Rows of controls, as many as Slack takes in each."""
    for start in range(0, len(elements), ACTIONS):
        yield {"type": "actions", "elements": list(elements[start : start + ACTIONS])}


def running_controls(view: View) -> list[Block]:
    """What can be pressed while a reply runs."""
    buttons: list[Json] = []
    if view.profile.abilities.stop:
        buttons.append(button(Id("stop", view.turn), view.words("stop"), style="danger"))
    buttons += _app_buttons(view, "stop")
    return list(actions(buttons))


def ended_controls(reply: Reply, view: View) -> list[Block]:
    """What can be pressed below a reply that has ended, as the conversation's newest or not."""
    options = reply.options if reply.state != "failed" else ()
    thoughts = [button(Id("thoughts", view.turn), f"💭 {view.words('thoughts')}")] if offered(reply, view) else []
    if reply.state == "failed":
        thoughts = []
    if not view.newest:
        return [*_chosen(view, options), *actions(thoughts)]
    return [*option_blocks(view.turn, options, view), *_feedback(reply, view), *_controls(reply, view, thoughts)]


def option_blocks(turn: int, options: Sequence[Option], view: View) -> list[Block]:
    """Preset answers: a row of buttons, else selects, every one of them within reach."""
    if len(options) <= ACTIONS:
        return list(
            actions(
                [
                    button(Id("option", turn, index), option.shown, value=option.value)
                    for index, option in enumerate(options)
                ]
            )
        )
    made: list[Block] = []
    for start in range(0, len(options), SELECT_OPTIONS):
        end = min(len(options), start + SELECT_OPTIONS)
        said = view.words("slack_choose")
        if len(options) > SELECT_OPTIONS:
            said = view.words("slack_choose_among").format(first=start + 1, last=end, count=len(options))
        choices = [(str(index), options[index].shown) for index in range(start, end)]
        made += actions([select(Id("pick", turn, start // SELECT_OPTIONS), choices, said)])
    return made


def _chosen(view: View, options: Sequence[Option]) -> list[Block]:
    """What was chosen, in place of the options of an older turn."""
    if not 0 <= view.chosen < len(options):
        return []
    return [context(f"✅ {plain(line_within(options[view.chosen].shown, _SHOWN_LABEL))}")]


def _controls(reply: Reply, view: View, thoughts: Sequence[Json]) -> Iterator[Block]:
    """A failed reply left no history: it can only be tried again."""
    abilities, failed = view.profile.abilities, reply.state == "failed"
    buttons: list[Json] = []
    if abilities.retry:
        buttons.append(button(Id("retry", view.turn), f"🔁 {view.words('retry')}"))
    if not failed:
        if abilities.undo:
            buttons.append(button(Id("undo", view.turn), f"↩️ {view.words('undo')}"))
        buttons += thoughts
        buttons += _app_buttons(view, "turn", "quiet")
    return actions(buttons)


def _feedback(reply: Reply, view: View) -> list[Block]:
    """Slack's own feedback buttons where the app takes both; its own words as selects."""
    feedback = view.profile.feedback
    if reply.state == "failed" or not feedback.offered:
        return []
    made: list[Block] = []
    labels = {"Like": f"👍 {view.words('like')}", "Dislike": f"👎 {view.words('dislike')}"}
    thumbs = [(index, labels[value]) for index, value in enumerate(feedback.values[:2]) if value in labels]
    own = len(feedback.values) - len(feedback.others)
    if feedback.like and feedback.dislike:
        made.append({"type": "context_actions", "elements": [_feedback_buttons(view, dict(thumbs))]})
    elif own:
        made += actions([button(Id("rate", view.turn, index), label) for index, label in thumbs[:own]])
    for start in range(own, len(feedback.values), SELECT_OPTIONS):
        choices = list(enumerate(feedback.values))[start : start + SELECT_OPTIONS]
        named = [(str(index), value) for index, value in choices]
        made += actions([select(Id("rate", view.turn, start), named, view.words("slack_feedback"))])
    return made


def _feedback_buttons(view: View, labels: Mapping[int, str]) -> Json:
    return {
        "type": "feedback_buttons",
        "action_id": str(Id("feedback", view.turn)),
        "positive_button": {"text": {"type": "plain_text", "text": labels[0]}, "value": "0"},
        "negative_button": {"text": {"type": "plain_text", "text": labels[1]}, "value": "1"},
    }


def _app_buttons(view: View, *effects: Literal["turn", "stop", "quiet"]) -> list[Json]:
    return [
        button(Id("button", 0, index), one.label)
        for index, one in enumerate(view.profile.buttons)
        if one.effect in effects
    ]


def characters(value: Json) -> int:
    """The characters of all texts in blocks, as Slack counts them for a message."""
    if isinstance(value, Mapping):
        own = len(text) if isinstance(text := value.get("text"), str) else 0
        return own + sum(characters(one) for one in value.values() if not isinstance(one, str))
    if isinstance(value, Sequence) and not isinstance(value, str):
        return sum(map(characters, value))
    return 0


def words_of(block: Block) -> str:
    """What a section or a context says."""
    texts = block.get("elements") or [block.get("text")]
    assert isinstance(texts, Sequence)
    return "\n".join(str(text["text"]) for text in texts if isinstance(text, Mapping))


def labels(blocks: Iterable[Block]) -> str:
    """What the controls of blocks say, in one line: for those who cannot see them."""
    return " · ".join(_labels(blocks))


def _labels(value: Json | Iterable[Block]) -> Iterator[str]:
    if isinstance(value, Mapping):
        match value.get("type"):
            case "plain_text":
                yield str(value["text"])
            case "markdown" | "context" | "section" | "container" | "table":
                return
            case _:
                for name in ("text", "placeholder", "options", "elements", "positive_button", "negative_button"):
                    yield from _labels(value.get(name))
    elif isinstance(value, Iterable) and not isinstance(value, str):
        for one in value:
            yield from _labels(one)
