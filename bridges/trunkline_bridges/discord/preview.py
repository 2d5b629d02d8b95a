"""How a conversation looks on Discord, as a page: what `render` gives, drawn as Discord's clients draw it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from importlib.resources import files as resources
from typing import Any, Final

from trunkline.bridge import Post, Scene, TurnView, View
from trunkline.previewing import Holding
from trunkline.quantities import size_text
from trunkline.steps import offered
from trunkline.words import words

from .drawing import thoughts
from .drawing.components import BUTTON, SELECT
from .drawing.files import GALLERY, TEXT_DISPLAY
from .preview_text import text_html
from .render import render

_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title><style>
{style}</style></head><body><main><h1>{title}</h1>{turns}</main></body></html>
"""
_STYLES: Final = {1: "primary", 2: "secondary", 3: "success", 4: "danger"}
_TEXT_SHOWN: Final = 2000
"""Characters of an attached text that Discord would show."""


def preview(scene: Scene) -> str:
    """The page of a scene."""
    style = (resources(__package__) / "preview.css").read_text("utf-8")
    turns = "".join(
        _Drawing(scene, turn, number == len(scene.turns)).html() for number, turn in enumerate(scene.turns, 1)
    )
    title = escape("Discord: " + (scene.profile.title or scene.name))
    return _PAGE.format(title=title, style=style, turns=turns)


class _Drawing:
    """One turn."""

    def __init__(self, scene: Scene, turn: TurnView, newest: bool) -> None:
        self._scene = scene
        self._turn = turn
        holding = Holding(scene)
        self._reply = holding.kept(turn.reply)
        self._address = holding.address
        self._view = View(
            scene.profile,
            turn.id,
            target={"at": turn.at},
            newest=newest,
            options=scene.options,
            link=self._address,
            words=words,
        )

    def html(self) -> str:
        user = self._turn.user
        said = ""
        if user is not None:
            text = user.text or ", ".join(media.name or media.kind for media in user.media)
            said = self._message("You", "person", text_html(text, self._scene.now))
        posts = render(self._reply, self._view, (), self._scene.now)
        name = self._scene.profile.title or self._scene.profile.name
        drawn = "".join(map(self._post, posts)) + self._thoughts()
        return said + (self._message(name, "bot", drawn) if drawn else "")

    def _message(self, name: str, kind: str, inner: str) -> str:
        badge = '<span class="badge">APP</span>' if kind == "bot" else ""
        at = datetime.fromtimestamp(self._turn.at, UTC)
        time = f'<time datetime="{at:%Y-%m-%dT%H:%M:%SZ}">{at:%H:%M}</time>'
        face = f'<span class="face" aria-hidden="true">{escape(name[:1].upper())}</span>'
        head = f"<h2>{escape(name)}{badge} {time}</h2>"
        return f'<article class="{kind}">{face}<div>{head}{inner}</div></article>'

    def _post(self, post: Post) -> str:
        return f'<section class="post">{"".join(self._body(post.body))}</section>'

    def _body(self, body: Mapping[str, Any]) -> Iterator[str]:
        files = {f"attachment://{file['name']}": file for file in body.get("files", ())}
        if body.get("content"):
            yield text_html(str(body["content"]), self._scene.now)
        if "flags" not in body:
            yield from map(self._file, files.values())
        for component in body.get("components", ()):
            yield self._component(component, files)

    def _component(self, component: Mapping[str, Any], files: Mapping[str, Mapping[str, Any]]) -> str:
        inner: Sequence[Mapping[str, Any]] = component.get("components", ())
        match component["type"]:
            case thoughts.CONTAINER:
                return f'<div class="container">{"".join(self._component(one, files) for one in inner)}</div>'
            case thoughts.FILE:
                return self._file(files[component["file"]["url"]])
            case _ if component["type"] == TEXT_DISPLAY:
                return text_html(str(component["content"]), self._scene.now)
            case _ if component["type"] == GALLERY:
                shown = "".join(self._file(files[item["media"]["url"]]) for item in component["items"])
                return f'<div class="gallery n{min(len(component["items"]), 4)}">{shown}</div>'
            case _:
                return f'<div class="row">{"".join(map(_control, inner))}</div>'

    def _file(self, file: Mapping[str, Any]) -> str:
        name, alt = escape(str(file["name"])), escape(str(file.get("alt", "")))
        if "text" in file:
            text = str(file["text"])
            size = size_text(len(text.encode("utf-8", "replace")))
            shown = f'<pre tabindex="0"><code>{escape(text[:_TEXT_SHOWN])}</code></pre>'
            return f'<details class="file"><summary>📄 {name} <span>{size}</span></summary>{shown}</details>'
        if "sha256" not in file:
            return f'<div class="file">📊 {name} <span>{alt}</span></div>'
        address = escape(self._address(str(file["sha256"]), str(file["name"])))
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

    def _thoughts(self) -> str:
        """What the button opens, for the one who presses it."""
        if self._reply.running or not offered(self._reply, self._view):
            return ""
        bodies = thoughts.thought_tree(self._reply, self._view)
        inner = "".join(part for body in bodies for part in self._body(body))
        return f'<details class="aside"><summary>{escape(words("thoughts"))}</summary>{inner}</details>'


def _control(control: Mapping[str, Any]) -> str:
    emoji = str(control.get("emoji", {}).get("name", ""))
    match control["type"]:
        case _ if control["type"] == BUTTON:
            sign = f'<span aria-hidden="true">{escape(emoji)}</span> ' if emoji else ""
            off = " disabled" if control.get("disabled") else ""
            style = _STYLES.get(control["style"], "secondary")
            return f'<button type="button" class="{style}"{off}>{sign}{escape(control["label"])}</button>'
        case _ if control["type"] == SELECT:
            options = "".join(f"<option>{escape(one['label'])}</option>" for one in control["options"])
            holder = escape(control["placeholder"])
            return f'<select aria-label="{holder}"><option selected>{holder}</option>{options}</select>'
        case _:
            return ""
