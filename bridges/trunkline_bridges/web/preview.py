"""How a conversation looks in the widget, as a page: the widget itself, which is told of what `render` gives."""

from __future__ import annotations

import html
from collections.abc import Mapping
from typing import Final, cast

from trunkline.bridge import Scene
from trunkline.messages import Json

from .media import with_addresses
from .parse import PROTOCOL
from .profile import profile_body
from .snapshot import merged_turns

LIVE: Final = "/preview/live"
"""Where the widget of a preview finds its server; the scene's name follows."""
_CONVERSATION: Final = 1
_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title>
<link rel="stylesheet" href="{base}/pages/chat.css">
<script src="{base}/widget.js" data-manual async></script></head>
<body><trunkline-chat placement="page" server="{live}/{name}/"></trunkline-chat></body></html>
"""


def preview(scene: Scene) -> str:
    """The page of a scene."""
    base = html.escape(str(scene.options.get("path_prefix", "")))
    title = html.escape("Widget: " + (scene.profile.title or scene.name))
    return _PAGE.format(title=title, base=base, live=LIVE, name=html.escape(scene.name))


def welcome(scene: Scene) -> dict[str, Json]:
    """What the widget of a preview is told first. The token is nobody's."""
    return {
        "type": "welcome",
        "protocol": PROTOCOL,
        "visitor_token": "preview",
        "app": profile_body(scene.profile, scene.profile.name, scene.link),
        "conversation": _CONVERSATION,
        "conversations": [],
        "now": scene.now,
        "theme": cast("Mapping[str, Json]", scene.options.get("theme", {})),
        "strings": cast("Mapping[str, Json]", scene.options.get("strings", {})),
    }


def snapshot(scene: Scene) -> dict[str, Json]:
    """What it shows."""
    frame: dict[str, Json] = {
        "type": "snapshot",
        "conversation": _CONVERSATION,
        "stream": "preview",
        "seq": 0,
        "turns": merged_turns(scene.turns, {}, scene.profile),
    }
    return cast("dict[str, Json]", with_addresses(frame, scene.link))
