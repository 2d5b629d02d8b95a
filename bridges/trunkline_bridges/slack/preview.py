"""How a conversation looks on Slack, as a page: what `render` gives, drawn as Slack's clients draw it."""

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

from .drawing.text import draw
from .drawing.thoughts import thought_tree
from .preview_text import markdown_html, mrkdwn_html
from .render import render

_PAGE: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><title>{title}</title><style>
{style}</style></head><body><main><h1>{title}</h1>{turns}</main></body></html>
"""
_TEXT_SHOWN: Final = 2000
"""Characters of a shared text that Slack would show."""


def preview(scene: Scene) -> str:
    """The page of a scene."""
    style = (resources(__package__) / "preview.css").read_text("utf-8")
    turns = "".join(
        _Drawing(scene, turn, number == len(scene.turns)).html() for number, turn in enumerate(scene.turns, 1)
    )
    title = escape("Slack: " + (scene.profile.title or scene.name))
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
            said = self._message("You", "person", markdown_html(draw(text)))
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
        blocks: Sequence[Mapping[str, Any]] = body.get("blocks", ())
        if not blocks and body.get("text"):
            yield f"<p>{mrkdwn_html(str(body['text']))}</p>"
        placed = {str(block["slack_file"]["id"]) for block in blocks if "slack_file" in block}
        for block in blocks:
            yield self._block(block, files)
        yield from (self._file(file) for key, file in files.items() if key not in placed)

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
                return f'<p class="small">{title}</p>{self._file(files[block["slack_file"]["id"]])}'
            case "table":
                return _table(block)
            case _:
                return f'<div class="row">{"".join(map(_control, block["elements"]))}</div>'

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
        inner = "".join(part for body in thought_tree(self._reply, self._view) for part in self._body(body))
        return f'<details class="aside"><summary>{escape(words("thoughts"))}</summary>{inner}</details>'


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
