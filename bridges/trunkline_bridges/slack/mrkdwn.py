"""What people write, from Slack's mrkdwn to Markdown. Pure.

Slack escapes `&`, `<` and `>` in what is typed, and puts mentions and links between `<` and `>`: a `<` that is
left is never typed by anybody.
"""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Final

from trunkline.words import words

_REFERENCE: Final = re.compile(r"<([^<>\n]+)>")
_CODE: Final = re.compile(r"```(?P<block>.*?)```|`(?P<span>[^`\n]+)`", re.DOTALL)
_EDGE: Final = r"(?<![^\s(\[{{\"'*_~>]){0}(?=\S)(?P<inner>[^{1}\n]*?\S){0}(?![\w{1}])"
_BOLD: Final = re.compile(_EDGE.format(r"\*", r"*"))
_STRUCK: Final = re.compile(_EDGE.format("~", "~"))
_BULLET: Final = re.compile(r"^(\s*)[•◦▪︎]\s+", re.MULTILINE)
_ADDRESS: Final = re.compile(r"\A[\s,:;]+|[ \t]+\Z")
_TO_US: Final = "\x00"


def mentions(text: str) -> tuple[str, ...]:
    """The ids of the people and channels that a text names, each once."""
    bodies = [found[1] for found in _REFERENCE.finditer(text)]
    return tuple(dict.fromkeys(body[1:].partition("|")[0] for body in bodies if body[0] in "@#"))


def markdown(text: str, names: Mapping[str, str], bot: str = "") -> str:
    """The text as Markdown, with names in place of ids, and without mentions of `bot`."""
    whole = text.replace(_TO_US, "")
    pieces: list[str] = []
    at = 0
    for found in _CODE.finditer(whole):
        pieces += [_prose(whole[at : found.start()], names, bot), _code(found)]
        at = found.end()
    joined = "".join([*pieces, _prose(whole[at:], names, bot)])
    # Nothing is left of our name, nor of the sign behind it with which people address somebody.
    began = joined.lstrip().startswith(_TO_US)
    joined = re.sub(rf"[ \t]*{_TO_US}[ \t]*", " ", joined)
    return (_ADDRESS.sub("", joined) if began else joined).strip()


def _prose(text: str, names: Mapping[str, str], bot: str) -> str:
    """Outside of code: links and mentions are put in last, so that nothing in them is taken for a mark."""
    kept: list[str] = []

    def keep(found: re.Match[str]) -> str:
        kept.append(_reference(found[1], names, bot))
        return f"\x01{len(kept) - 1}\x02"

    text = _REFERENCE.sub(keep, text.replace("\x01", "").replace("\x02", ""))
    text = _STRUCK.sub(r"~~\g<inner>~~", _BOLD.sub(r"**\g<inner>**", text))
    text = html.unescape(_BULLET.sub(r"\1- ", text))
    return re.sub("\x01(\\d+)\x02", lambda found: kept[int(found[1])], text)


def _code(found: re.Match[str]) -> str:
    """Code is as it was typed, but for addresses, which Slack marks there too."""
    block = found["block"]
    inner = found["span"] if block is None else block
    inner = html.unescape(_REFERENCE.sub(lambda one: one[1].rpartition("|")[2] or one[1], inner))
    if block is None:
        return f"`{inner}`"
    return "```\n" + inner.strip("\n") + "\n```"


def _reference(body: str, names: Mapping[str, str], bot: str) -> str:
    target, _, label = body.partition("|")
    sign, key = target[:1], target[1:]
    label = html.unescape(label)
    if sign == "@":
        return _TO_US if bot and key == bot else f"@{names.get(key) or label or words('slack_unknown_person')}"
    if sign == "#":
        return f"#{names.get(key) or label or words('slack_unknown_channel')}"
    if sign == "!":
        return label if label else f"@{key.partition('^')[0]}"
    address = html.unescape(target)
    if not label or label == address or address == f"mailto:{label}":
        return label or address
    return f"[{label}]({address})"
