"""What the tests of drawing share: an app, a long text, replies, and a preview's page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from trunkline.backend import AppProfile
from trunkline.bridge import Scene, TurnView
from trunkline.messages import Json, Message, Part, Reply, ReplyState, Text
from trunkline_bridges.web.sample import sample_profile

PROFILE = AppProfile(
    "app",
    "http://app",
    "6",
    "chat_interface",
    "injected",
    latex_delimiters=(("$$", "$$", True), ("$", "$", False)),
)
LONG = (
    "A sentence of **words** and `code` at https://x.org/a_b.\n\n"
    "- one\n- two\n\n```py\nfor x in y:\n    z()\n```\n\n"
)


def reply(*parts: Part, state: ReplyState = "final", **more: Any) -> Reply:
    return Reply((Message("assistant", parts),) if parts else (), state=state, **more)


def page_of(
    preview: Callable[[Scene], str] | None, turns: tuple[TurnView, ...], options: Mapping[str, Json]
) -> str:
    """The sample app's preview of turns, at 1000 s."""
    assert preview is not None
    scene = Scene("sample", turns, sample_profile(), options, lambda sha, name: f"/media/{sha[:4]}/{name}", 1000.0)
    return preview(scene)


def turn(reply: Reply, said: str = "Hi") -> TurnView:
    return TurnView(9, "delivered", Message("user", (Text(said),)), reply, 900.0)
