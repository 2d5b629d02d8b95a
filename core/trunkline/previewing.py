"""The page of a conversation as it looks on a platform: what all of them have in common. Pure."""

from __future__ import annotations

import base64
import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from html import escape
from typing import Any, Final

from .bridge import Render, Scene, TurnView, View
from .messages import Blob, Inline, Media, Reply, replace_media, walk
from .quantities import size_text
from .steps import offered
from .words import words

_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title><style>
{style}</style></head><body><main><h1>{title}</h1>{turns}</main></body></html>
"""
_TEXT_SHOWN: Final = 2000
"""Characters of an attached text that are shown."""


class _Holding:
    """Holds the bytes that came inside a reply of a scene."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._inlined: dict[str, str] = {}

    def address(self, sha256: str, name: str) -> str:
        """An address that the operator's browser can open."""
        return self._inlined.get(sha256) or self._scene.link(sha256, name)

    def kept(self, reply: Reply) -> Reply:
        """The reply with bytes that came inside it held, as they are in a stored one."""
        parts = [*(part for message in reply.messages for part in message.parts), *reply.artifacts]
        held = {
            media: replace(media, source=self._hold(media, media.source))
            for media in walk(parts)
            if isinstance(media, Media) and isinstance(media.source, Inline)
        }
        messages = tuple(replace(one, parts=replace_media(one.parts, held)) for one in reply.messages)
        artifacts = [
            replace(one, media=held.get(one.media, one.media)) if one.media is not None else one
            for one in reply.artifacts
        ]
        return replace(reply, messages=messages, artifacts=tuple(artifacts))

    def _hold(self, media: Media, source: Inline) -> Blob:
        sha256 = hashlib.sha256(source.data).hexdigest()
        mime = media.mime or "application/octet-stream"
        self._inlined[sha256] = f"data:{mime};base64,{base64.b64encode(source.data).decode()}"
        return Blob(sha256, len(source.data))


class Drawing(ABC):
    """Draws the turns of one scene as HTML. A platform says how what `render` gives for it looks."""

    def __init__(self, scene: Scene, render: Render) -> None:
        self.scene = scene
        self._render = render
        self._holding = _Holding(scene)

    def page(self, platform: str, style: str) -> str:
        """The whole page; `platform` is what it is called, `style` its CSS."""
        count = len(self.scene.turns)
        turns = "".join(self._turn(turn, number == count) for number, turn in enumerate(self.scene.turns, 1))
        title = escape(f"{platform}: {self.scene.profile.title or self.scene.name}")
        return _PAGE.format(title=title, style=style, turns=turns)

    @abstractmethod
    def said(self, text: str) -> str:
        """What a person wrote."""

    @abstractmethod
    def body(self, body: Mapping[str, Any]) -> Iterator[str]:
        """The pieces of a post."""

    @abstractmethod
    def thoughts(self, reply: Reply, view: View) -> Sequence[Mapping[str, Any]]:
        """The posts of a reply's thoughts, for the one who asks for them."""

    def file(self, file: Mapping[str, Any]) -> str:
        """A file of a post."""
        name, alt = escape(str(file["name"])), escape(str(file.get("alt", "")))
        if "text" in file:
            text = str(file["text"])
            size = size_text(len(text.encode("utf-8", "replace")))
            shown = f'<pre tabindex="0"><code>{escape(text[:_TEXT_SHOWN])}</code></pre>'
            return f'<details class="file"><summary>📄 {name} <span>{size}</span></summary>{shown}</details>'
        if "sha256" not in file:
            return f'<div class="file">📊 {name} <span>{alt}</span></div>'
        address = escape(self._holding.address(str(file["sha256"]), str(file["name"])))
        match str(file.get("mime", "")).partition("/")[0]:
            case "image":
                return f'<img src="{address}" alt="{alt}">'
            case "audio":
                return f'<div class="file">🔊 {name}<audio controls preload="none" src="{address}"></audio></div>'
            case "video":
                return f'<video controls preload="none" src="{address}" aria-label="{alt}"></video>'
            case _:
                size = size_text(int(file.get("size", 0)))
                return f'<div class="file">📎 <a href="{address}">{name}</a> <span>{size}</span></div>'

    def _turn(self, turn: TurnView, newest: bool) -> str:
        profile = self.scene.profile
        reply = self._holding.kept(turn.reply)
        view = View(
            profile,
            turn.id,
            target={"at": turn.at},
            newest=newest,
            options=self.scene.options,
            link=self._holding.address,
            words=words,
        )
        said = ""
        if turn.user is not None:
            text = turn.user.text or ", ".join(media.name or media.kind for media in turn.user.media)
            said = _message("You", "person", turn.at, self.said(text))
        posts = (self.body(post.body) for post in self._render(reply, view, (), self.scene.now))
        drawn = "".join(f'<section class="post">{"".join(post)}</section>' for post in posts)
        drawn += self._aside(reply, view)
        return said + (_message(profile.title or profile.name, "bot", turn.at, drawn) if drawn else "")

    def _aside(self, reply: Reply, view: View) -> str:
        """What the button opens, for the one who presses it."""
        if reply.running or not offered(reply, view):
            return ""
        inner = "".join(part for body in self.thoughts(reply, view) for part in self.body(body))
        return f'<details class="aside"><summary>{escape(words("thoughts"))}</summary>{inner}</details>'


def _message(name: str, kind: str, moment: float, inner: str) -> str:
    badge = '<span class="badge">APP</span>' if kind == "bot" else ""
    at = datetime.fromtimestamp(moment, UTC)
    time = f'<time datetime="{at:%Y-%m-%dT%H:%M:%SZ}">{at:%H:%M}</time>'
    face = f'<span class="face" aria-hidden="true">{escape(name[:1].upper())}</span>'
    head = f"<h2>{escape(name)}{badge} {time}</h2>"
    return f'<article class="{kind}">{face}<div>{head}{inner}</div></article>'
