"""What can be read in blocks, and whom it calls."""

from __future__ import annotations

import re
from typing import Any

from fakes.slack.errors import Json

_CALL = re.compile(r"<(@[UW]\w+|!channel|!here|!everyone)(?:\|[^>]*)?>")
_CALLING = frozenset({"markdown", "mrkdwn"})


def readable(blocks: list[Json]) -> str:
    """The texts of blocks, a line each, in their order; tables have a line per row."""
    return "\n".join(line for block in blocks for line in _lines(block))


def _lines(block: Json) -> list[str]:
    kind = block["type"]
    if kind in ("table", "data_table"):
        return [" | ".join(_flat(cell) for cell in row) for row in block["rows"]]
    if kind == "task_card":
        head = f"[{block['status']}] {block['title']}"
        return [head, *(_flat(block[name]) for name in ("details", "output") if block.get(name))]
    if kind == "plan":
        return [block["title"], *(line for task in block.get("tasks", []) for line in _lines(task))]
    if kind == "image":
        return [part for part in (_flat(block.get("title")), block["alt_text"]) if part]
    if kind == "rich_text":
        return [_flat(element) for element in block["elements"]]
    own = [
        _flat(block[name]) for name in ("title", "subtitle", "text", "body", "label", "hint") if block.get(name)
    ]
    fields = [_flat(each) for each in block.get("fields", [])]
    elements = [_flat(each) for each in (block.get("accessory"), block.get("element")) if each]
    inner = [line for child in block.get("child_blocks", []) for line in _lines(child)]
    if kind == "carousel":
        return [line for card in block["elements"] for line in _lines(card)]
    return own + fields + elements + [_flat(each) for each in block.get("elements", [])] + inner


def _flat(value: Any) -> str:
    """The text of a text object, of an element or of rich text."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if value.get("type") == "user":
        return f"<@{value['user_id']}>"
    if value.get("type") == "image":
        return str(value["alt_text"])
    if value.get("type") == "feedback_buttons":
        return " | ".join(_flat(value[name]["text"]) for name in ("positive_button", "negative_button"))
    if value.get("type") == "rich_text_list":
        return "\n".join(_flat(each) for each in value["elements"])
    if "elements" in value:
        return "".join(_flat(each) for each in value["elements"])
    text = value.get("text", value.get("value", ""))
    if isinstance(text, dict):
        text = text["text"]
    options = [_flat(option["text"]) for option in value.get("options") or []]
    return "\n".join(part for part in (str(text), *options) if part)


def calls(text: str, blocks: list[Json]) -> set[str]:
    """Ids of users, and "!channel", "!here", "!everyone", that a message calls.

    Blocks speak where there are some: then the text is only a fallback. reference: section 4, "in the markdown
    block `<!channel>`/`<@U>` still mention".
    """
    return {
        found.group(1).lstrip("@")
        for part in ([text] if not blocks else _marked(blocks))
        for found in _CALL.finditer(part)
    }


def _marked(value: Any) -> list[str]:
    if isinstance(value, list):
        return [part for each in value for part in _marked(each)]
    if not isinstance(value, dict):
        return []
    if value.get("type") == "user":
        return [f"<@{value['user_id']}>"]
    if value.get("type") == "broadcast":
        return [f"<!{value['range']}>"]
    own = [value["text"]] if value.get("type") in _CALLING and isinstance(value.get("text"), str) else []
    return own + [part for each in value.values() for part in _marked(each)]
