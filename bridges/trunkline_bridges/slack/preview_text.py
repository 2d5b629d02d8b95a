"""Slack's texts as HTML, for the operator's preview: what `render` writes, as Slack reads it. Pure."""

from __future__ import annotations

import html
import re
from typing import Final

from trunkline import markup
from trunkline.tree_html import tree_html

_REFERENCE: Final = re.compile(r"<([^<>\n]+)>")
_FENCE: Final = re.compile(r"```\n?(.*?)```", re.DOTALL)
_SPANS: Final = (
    (re.compile(r"`([^`\n]+)`"), "code"),
    (re.compile(r"(?<!\w)\*(?!\s)([^*\n]+?)(?<!\s)\*(?!\w)"), "strong"),
    (re.compile(r"(?<!\w)_(?!\s)([^_\n]+?)(?<!\s)_(?!\w)"), "em"),
    (re.compile(r"(?<!\w)~(?!\s)([^~\n]+?)(?<!\s)~(?!\w)"), "s"),
)


def markdown_html(text: str) -> str:
    """The text of a `markdown` block."""
    return tree_html(markup.parse(text))


def mrkdwn_html(text: str) -> str:
    """A text of mrkdwn: `& < >` are entities there as they are in HTML."""
    pieces = [
        f'<pre tabindex="0"><code>{_plain(piece)}</code></pre>' if number % 2 else _prose(piece)
        for number, piece in enumerate(_FENCE.split(text))
    ]
    return "".join(pieces)


def _prose(text: str) -> str:
    return "".join(
        _reference(piece) if number % 2 else _spans(piece) for number, piece in enumerate(_REFERENCE.split(text))
    )


def _reference(body: str) -> str:
    address, _, label = body.partition("|")
    if not address.startswith(("https://", "http://", "mailto:")):
        return _plain(f"<{body}>")
    return f'<a href="{_plain(address)}" rel="noreferrer" target="_blank">{_plain(label or address)}</a>'


def _spans(text: str) -> str:
    drawn = _plain(text)
    for pattern, tag in _SPANS:
        drawn = pattern.sub(rf"<{tag}>\1</{tag}>", drawn)
    return drawn.replace("\n", "<br>")


def _plain(text: str) -> str:
    return html.escape(html.unescape(text))
