"""What the tests of drawing share: an app, a long text, replies, a preview's page, and what is harmful in one."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from typing import Any, Final

from trunkline.backend import AppProfile
from trunkline.bridge import Scene, TurnView
from trunkline.messages import (
    Artifact,
    Blob,
    Inline,
    Json,
    Media,
    Message,
    Option,
    Part,
    Reply,
    ReplyState,
    Text,
)
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
MEDIA: Final = (
    Media("image", Blob("a" * 64, 5), "p.png", "image/png", alt="One"),
    Media("image", Blob("b" * 64, 5), "q.png", "image/png"),
    Media("audio", Blob("c" * 64, 5), "s.wav", "audio/wav"),
    Media("video", Blob("d" * 64, 5), "v.mp4", "video/mp4"),
    Media("file", Inline(b"12345"), "r.pdf", "application/pdf"),
    Media("plot", spec={"type": "plotly", "plot": "{}"}),
    Media("html", spec="<p>Words</p>"),
)
"""One of each kind, and a second image."""
OPTIONS: Final = tuple(Option(f"Option {number}") for number in range(30))
PROGRAM: Final = Artifact("code", "Program", "x = 1\n" * 400, "python")
SAMPLE: Final = (
    "<h2>Coast guide",
    "✓ Plan the trip · 2.3 s<br>↳ ✓ Search the timetable",
    'alt="The sun sets over a calm sea"',
    "data:image/png;base64,",
    " Retry</button>",
    "prefers-color-scheme: dark",
)
"""What stands in every preview of the sample."""
_ACTIVE: Final = frozenset({"script", "iframe", "object", "embed", "link", "base", "form", "svg"})
_LOADED: Final = frozenset({"src", "srcset", "poster", "data"})


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


def harmful(html: str) -> list[str]:
    """What in a preview's page could run a script, load from elsewhere, or lead where links must not."""
    reader = _Reader()
    reader.feed(html)
    return reader.found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _ACTIVE:
            self.found.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name == "srcdoc":
                self.found.append(f"{tag} {name}")
            if name in _LOADED and not re.match(r"data:image/|/media/", value or ""):
                self.found.append(f"{tag} {name}={value}")
            if name == "href" and (tag != "a" or not re.match(r"https?://|mailto:|data:image/|/", value or "")):
                self.found.append(f"{tag} href={value}")
