"""Block Kit by its parts, cut to Slack's limits, as JSON. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from trunkline.labels import clipped, one_line
from trunkline.messages import Json
from trunkline.words import words

from ..drawing import blocks
from ..drawing.blocks import PLACEHOLDER, actions, button
from ..ids import Id
from ..limits import HEADER, SECTION, SELECT_OPTIONS, SELECT_TEXT

Body: TypeAlias = Mapping[str, Json]
"""A message: its `text`, and its blocks."""
Block: TypeAlias = dict[str, Json]
MODAL_TITLE: Final = 24
_GROUPS: Final = 100


def plain(text: str, limit: int = 3000) -> Block:
    """A text object without marks, on one line."""
    return {"type": "plain_text", "text": one_line(text, limit) or "…", "emoji": True}


def header(text: str) -> Block:
    return {"type": "header", "text": plain(text, HEADER)}


def section(text: str) -> Block:
    """Some lines of mrkdwn, cut where Slack takes no more."""
    return dict(blocks.section(clipped(text, SECTION - 1) or "…"))


def danger(control: Id, label: str, question: str) -> Block:
    """A button that Slack asks about before it acts."""
    made = button(control, label, style="danger")
    assert isinstance(made, dict)
    return {**made, "confirm": sure(question, label, words("slack_keep"))}


def sure(question: str, yes: str, no: str) -> Block:
    """What Slack asks before a button acts."""
    return {
        "title": plain(yes, 100),
        "text": plain(question, 300),
        "confirm": plain(yes, 30),
        "deny": plain(no, 30),
        "style": "danger",
    }


def rows(elements: Sequence[Json]) -> list[Json]:
    """Rows of buttons and selects, as many to a row as Slack takes."""
    return list(actions(elements))


def choice(label: str, value: object, description: str = "") -> Block:
    """A line of a select, of radio buttons or of checkboxes."""
    made: Block = {"text": plain(label, SELECT_TEXT), "value": str(value)}
    return made | ({"description": plain(description, SELECT_TEXT)} if description.strip() else {})


def offered(lines: Sequence[Json]) -> Block:
    """The lines of a select: in groups where they are many, of which the last are left out above 10,000."""
    if len(lines) <= SELECT_OPTIONS:
        return {"options": list(lines)}
    groups: list[Json] = []
    for start in range(0, min(len(lines), SELECT_OPTIONS * _GROUPS), SELECT_OPTIONS):
        part = lines[start : start + SELECT_OPTIONS]
        groups.append({"label": plain(f"{start + 1}–{start + len(part)}"), "options": list(part)})
    return {"option_groups": groups}


def select(control: Id, lines: Sequence[Json], placeholder: str, chosen: Json = None) -> Block:
    """A select of one."""
    made: Block = {"type": "static_select", "action_id": str(control)}
    made |= {"placeholder": plain(placeholder, PLACEHOLDER), **offered(lines)}
    return made | ({"initial_option": chosen} if chosen else {})


def message(text: str, shown: Sequence[Json] = ()) -> Body:
    """A message with its fallback; without blocks it is the text alone, as mrkdwn."""
    return {"text": text} | ({"blocks": list(shown)} if shown else {})


def modal(
    title: str,
    shown: Sequence[Json],
    *,
    submit: str = "",
    close: str = "",
    callback: str = "",
    metadata: str = "",
) -> Body:
    """A modal; without `submit` there is nothing to fill in."""
    made: Block = {"type": "modal", "title": plain(title, MODAL_TITLE), "blocks": list(shown)}
    made |= {"submit": plain(submit, MODAL_TITLE)} if submit else {}
    made |= {"close": plain(close, MODAL_TITLE)} if close else {}
    made |= {"callback_id": callback} if callback else {}
    return made | ({"private_metadata": metadata} if metadata else {})
