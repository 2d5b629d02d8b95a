"""How a conversation looks on Discord, as a page: what `render` gives, drawn as Discord's clients draw it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files as resources
from typing import Any, Final

from trunkline.bridge import Scene, View
from trunkline.messages import Reply
from trunkline.previewing import Drawing

from .drawing import thoughts
from .drawing.components import BUTTON, SELECT
from .drawing.files import GALLERY, TEXT_DISPLAY
from .preview_text import text_html
from .render import render

_STYLES: Final = {1: "primary", 2: "secondary", 3: "success", 4: "danger"}


def preview(scene: Scene) -> str:
    """The page of a scene."""
    style = (resources(__package__) / "preview.css").read_text("utf-8")
    return _Drawing(scene, render).page("Discord", style)


class _Drawing(Drawing):
    def said(self, text: str) -> str:
        return text_html(text, self.scene.now)

    def thoughts(self, reply: Reply, view: View) -> Sequence[Mapping[str, Any]]:
        return thoughts.thought_tree(reply, view)

    def body(self, body: Mapping[str, Any]) -> Iterator[str]:
        files = {f"attachment://{file['name']}": file for file in body.get("files", ())}
        if body.get("content"):
            yield text_html(str(body["content"]), self.scene.now)
        if "flags" not in body:
            yield from map(self.file, files.values())
        for component in body.get("components", ()):
            yield self._component(component, files)

    def _component(self, component: Mapping[str, Any], files: Mapping[str, Mapping[str, Any]]) -> str:
        inner: Sequence[Mapping[str, Any]] = component.get("components", ())
        match component["type"]:
            case thoughts.CONTAINER:
                return f'<div class="container">{"".join(self._component(one, files) for one in inner)}</div>'
            case thoughts.FILE:
                return self.file(files[component["file"]["url"]])
            case _ if component["type"] == TEXT_DISPLAY:
                return text_html(str(component["content"]), self.scene.now)
            case _ if component["type"] == GALLERY:
                shown = "".join(self.file(files[item["media"]["url"]]) for item in component["items"])
                return f'<div class="gallery n{min(len(component["items"]), 4)}">{shown}</div>'
            case _:
                return f'<div class="row">{"".join(map(_control, inner))}</div>'


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
