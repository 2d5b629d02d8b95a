"""How a conversation looks on Slack, as a page: what `render` gives, drawn as Slack's clients draw it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files as resources
from typing import Any

from trunkline.bridge import Scene, View
from trunkline.messages import Reply
from trunkline.previewing import Drawing

from .drawing.text import draw
from .drawing.thoughts import thought_tree
from .preview_text import markdown_html, mrkdwn_html
from .render import render


def preview(scene: Scene) -> str:
    """The page of a scene."""
    style = (resources(__package__) / "preview.css").read_text("utf-8")
    return _Drawing(scene, render).page("Slack", style)


class _Drawing(Drawing):
    def said(self, text: str) -> str:
        return markdown_html(draw(text))

    def thoughts(self, reply: Reply, view: View) -> Sequence[Mapping[str, Any]]:
        return thought_tree(reply, view)

    def body(self, body: Mapping[str, Any]) -> Iterator[str]:
        files = {f"attachment://{file['name']}": file for file in body.get("files", ())}
        blocks: Sequence[Mapping[str, Any]] = body.get("blocks", ())
        if not blocks and body.get("text"):
            yield f"<p>{mrkdwn_html(str(body['text']))}</p>"
        placed = {str(block["slack_file"]["id"]) for block in blocks if "slack_file" in block}
        for block in blocks:
            yield self._block(block, files)
        yield from (self.file(file) for key, file in files.items() if key not in placed)

    def _block(self, block: Mapping[str, Any], files: Mapping[str, Mapping[str, Any]]) -> str:
        match block["type"]:
            case "markdown":
                return markdown_html(str(block["text"]))
            case "section":
                return f"<p>{mrkdwn_html(str(block['text']['text']))}</p>"
            case "context":
                lines = "<br>".join(mrkdwn_html(str(one["text"])) for one in block["elements"])
                return f'<p class="small">{lines}</p>'
            case "container":
                inner = "".join(self._block(one, files) for one in block["child_blocks"])
                shown = "" if block.get("default_collapsed") else " open"
                title = escape(str(block["title"]["text"]))
                return f'<details class="container"{shown}><summary>{title}</summary>{inner}</details>'
            case "image":
                title = escape(str(block.get("title", {}).get("text", "")))
                return f'<p class="small">{title}</p>{self.file(files[block["slack_file"]["id"]])}'
            case "table":
                return _table(block)
            case _:
                return f'<div class="row">{"".join(map(_control, block["elements"]))}</div>'


def _table(block: Mapping[str, Any]) -> str:
    rows: list[str] = []
    for number, row in enumerate(block["rows"]):
        tag = "td" if number else "th"
        rows.append("".join(f"<{tag}>{escape(str(cell['text']))}</{tag}>" for cell in row))
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


def _control(control: Mapping[str, Any]) -> str:
    match control["type"]:
        case "button":
            style = escape(str(control.get("style", "")))
            return f'<button type="button" class="{style}">{escape(str(control["text"]["text"]))}</button>'
        case "static_select":
            options = "".join(f"<option>{escape(str(one['text']['text']))}</option>" for one in control["options"])
            holder = escape(str(control["placeholder"]["text"]))
            return f'<select aria-label="{holder}"><option selected>{holder}</option>{options}</select>'
        case "feedback_buttons":
            both = (control["positive_button"], control["negative_button"])
            labels = (escape(str(one["text"]["text"])) for one in both)
            return "".join(f'<button type="button" class="quiet">{label}</button>' for label in labels)
        case _:
            return ""
