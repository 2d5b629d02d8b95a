"""The limits of blocks, each with what Slack says to a list that breaks it.

reference: section 4, "Messages and Block Kit limits". What slack_sdk's models check besides is checked by them.
"""

from __future__ import annotations

import copy
from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block

from fakes.slack import elements, tables
from fakes.slack.elements import check_element, check_plain, check_text
from fakes.slack.errors import Json, Problems, Refused

MESSAGE, MODAL, HOME = "message", "modal", "home"
"""Where blocks stand."""

MOST = {MESSAGE: 50, MODAL: 100, HOME: 100}
MARKDOWN_CHARACTERS = 12_000
"""Of all markdown blocks of a payload together."""
ALL_CHARACTERS = 13_200
"""Of all texts of a message together; undocumented. reference: section 4, "≈13.2k chars"."""

MESSAGES_ONLY = frozenset(
    {"markdown", "table", "data_table", "data_visualization", "context_actions", "task_card"}
)
IN_CONTAINER = frozenset(
    {"section", "divider", "image", "actions", "context", "header", "markdown", "rich_text", "table", "data_table"}
    | {"data_visualization", "task_card", "plan", "alert", "card", "input", "video"}
)


def check_blocks(blocks: list[Any], place: str = MESSAGE) -> None:
    """Raises `Refused` for blocks that Slack would not show in a place."""
    problems = Problems()
    problems.count("/blocks", blocks, MOST[place], 0)
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        check_block(block, f"/blocks/{index}", place, problems)
        _once(block, f"/blocks/{index}", seen, problems)
    tables.check_numbers(blocks, problems)
    written = sum(len(str(block.get("text", ""))) for block in walk(blocks) if block.get("type") == "markdown")
    if written > MARKDOWN_CHARACTERS:
        problems.add("/blocks", f"markdown blocks have more than {MARKDOWN_CHARACTERS} characters together")
    problems.refuse()
    if place == MESSAGE and characters(blocks) > ALL_CHARACTERS:
        raise Refused("msg_blocks_too_long")


def _once(block: Any, place: str, seen: set[str], problems: Problems) -> None:
    """A `block_id` stands once; that of a markdown block is ignored. reference: section 4, "block_id ignored"."""
    key = block.get("block_id") if isinstance(block, dict) and block.get("type") != "markdown" else None
    if key in seen:
        problems.add(f"{place}/block_id", f'"{key}" already exists')
    if key:
        seen.add(key)


def check_block(block: Any, place: str, surface: str, problems: Problems) -> None:
    """One block."""
    kind = block.get("type") if isinstance(block, dict) else None
    check = _CHECKS.get(kind) if isinstance(kind, str) else None
    if check is None:
        problems.add(place, f"unsupported type: {kind}")
        return
    if surface != MESSAGE and kind in MESSAGES_ONLY:
        problems.add(place, f"{kind} is supported in messages only")
    before = len(problems.messages)
    problems.longer(f"{place}/block_id", block.get("block_id", ""), 255, 0)
    check(block, place, problems)
    if kind == "container":
        for index, child in enumerate(problems.count(f"{place}/child_blocks", block.get("child_blocks"), 10)):
            if isinstance(child, dict) and child.get("type") not in IN_CONTAINER:
                problems.add(f"{place}/child_blocks/{index}", f"unsupported type: {child.get('type')}")
            else:
                check_block(child, f"{place}/child_blocks/{index}", surface, problems)
    if len(problems.messages) == before and kind not in tables.WITHOUT_MODEL:
        _check_by_model(block, place, problems)


def _check_by_model(block: Json, place: str, problems: Problems) -> None:
    """What the models of slack_sdk know: values, required fields, and names of fields."""
    try:
        model = Block.parse(copy.deepcopy(block))
        assert model is not None
        model.validate_json()
    except (SlackObjectFormationError, TypeError) as error:
        problems.add(place, str(error))
        return
    for name in sorted(block.keys() - model.attributes - {"type", "slack_file"}):
        problems.add(place, f"invalid additional property: {name}")


def walk(blocks: list[Any]) -> list[Json]:
    """All blocks, those in containers and carousels too."""
    found: list[Json] = []
    for block in blocks:
        if isinstance(block, dict):
            inner = block.get("child_blocks") or (
                block.get("elements") if block.get("type") == "carousel" else None
            )
            found += [block, *walk(inner or [])]
    return found


def characters(value: Any) -> int:
    """The characters of all texts in blocks."""
    if isinstance(value, list):
        return sum(characters(each) for each in value)
    if not isinstance(value, dict):
        return 0
    own = len(value["text"]) if isinstance(value.get("text"), str) else 0
    return own + sum(characters(each) for each in value.values())


def _section(block: Json, place: str, problems: Problems) -> None:
    if "text" in block:
        check_text(block["text"], f"{place}/text", 3000, problems)
    for index, field in enumerate(problems.count(f"{place}/fields", block.get("fields", []), 10, 0)):
        check_text(field, f"{place}/fields/{index}", 2000, problems)
    if "accessory" in block:
        check_element(block["accessory"], f"{place}/accessory", elements.IN_SECTION, problems)


def _header(block: Json, place: str, problems: Problems) -> None:
    check_plain(block.get("text"), f"{place}/text", 150, problems)


def _context(block: Json, place: str, problems: Problems) -> None:
    for index, element in enumerate(problems.count(f"{place}/elements", block.get("elements"), 10)):
        if isinstance(element, dict) and element.get("type") == "image":
            elements.check_image(element, f"{place}/elements/{index}", problems)
        else:
            check_text(element, f"{place}/elements/{index}", 2000, problems)


def _actions(block: Json, place: str, problems: Problems) -> None:
    _row(block, place, 25, elements.IN_ACTIONS, problems)


def _context_actions(block: Json, place: str, problems: Problems) -> None:
    _row(block, place, 5, elements.IN_CONTEXT_ACTIONS, problems)


def _row(block: Json, place: str, most: int, allowed: frozenset[str], problems: Problems) -> None:
    found = problems.count(f"{place}/elements", block.get("elements"), most)
    for index, element in enumerate(found):
        check_element(element, f"{place}/elements/{index}", allowed, problems)
    elements.check_action_ids(found, f"{place}/elements", problems)


def _input(block: Json, place: str, problems: Problems) -> None:
    check_plain(block.get("label"), f"{place}/label", 2000, problems)
    if "hint" in block:
        check_plain(block["hint"], f"{place}/hint", 2000, problems)
    check_element(block.get("element"), f"{place}/element", elements.IN_INPUT, problems)


def _image(block: Json, place: str, problems: Problems) -> None:
    elements.check_image(block, place, problems)
    if "title" in block:
        check_plain(block["title"], f"{place}/title", 2000, problems)


def _markdown(block: Json, place: str, problems: Problems) -> None:
    problems.longer(f"{place}/text", block.get("text"), MARKDOWN_CHARACTERS)


def _titled(block: Json, place: str, problems: Problems) -> None:
    """Containers and cards: titles and subtitles of 150, a card's body of 200."""
    for name, most in (("title", 150), ("subtitle", 150), ("body", 200)):
        if name in block:
            check_text(block[name], f"{place}/{name}", most, problems)
    for index, button in enumerate(block.get("actions", [])):
        check_element(button, f"{place}/actions/{index}", frozenset({"button"}), problems)


def _carousel(block: Json, place: str, problems: Problems) -> None:
    for index, card in enumerate(problems.count(f"{place}/elements", block.get("elements"), 10)):
        if not isinstance(card, dict) or card.get("type") != "card":
            problems.add(f"{place}/elements/{index}", "must be a card")
        else:
            check_block(card, f"{place}/elements/{index}", MESSAGE, problems)


def _rich_text(block: Json, place: str, problems: Problems) -> None:
    for index, element in enumerate(problems.count(f"{place}/elements", block.get("elements"), 1000)):
        kind = element.get("type") if isinstance(element, dict) else None
        if kind not in ("rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote"):
            problems.add(f"{place}/elements/{index}", f"unsupported type: {kind}")


def _plan(block: Json, place: str, problems: Problems) -> None:
    problems.longer(f"{place}/title", block.get("title"), 256)
    for index, task in enumerate(problems.count(f"{place}/tasks", block.get("tasks", []), 50, 0)):
        check_block(task, f"{place}/tasks/{index}", MESSAGE, problems)


def _video(block: Json, place: str, problems: Problems) -> None:
    """The address must be embeddable. reference: section 4, "video block needs an `https` embeddable URL"."""
    if not str(block.get("video_url", "")).startswith("https://"):
        problems.add(f"{place}/video_url", "must be an https URL of the app's unfurl domains")


def _task_card(block: Json, place: str, problems: Problems) -> None:
    problems.longer(f"{place}/title", block.get("title"), 256)


def _nothing(block: Json, place: str, problems: Problems) -> None:
    """slack_sdk's model says it all."""


_CHECKS = {
    "actions": _actions,
    "alert": _nothing,
    "card": _titled,
    "carousel": _carousel,
    "container": _titled,
    "context": _context,
    "context_actions": _context_actions,
    "data_table": tables.check_data_table,
    "data_visualization": tables.check_chart,
    "divider": _nothing,
    "header": _header,
    "image": _image,
    "input": _input,
    "markdown": _markdown,
    "plan": _plan,
    "rich_text": _rich_text,
    "section": _section,
    "table": tables.check_table,
    "task_card": _task_card,
    "video": _video,
}
