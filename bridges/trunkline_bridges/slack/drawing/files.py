"""Media and artifacts of a reply: what of them is text, and the posts that hold the rest. Pure.

Files go together, pictures apart from the rest. Tables that fit are blocks, in posts of their own: a message may
hold one table.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from trunkline import tables
from trunkline.attaching import ENDINGS, Drawn, File, batches, entries_of, key_of, pretty, safe_name
from trunkline.bridge import Post, View
from trunkline.html_text import html_text
from trunkline.labels import clipped, one_line
from trunkline.messages import Artifact, Blob, Json, Link, Media
from trunkline.quantities import size_text
from trunkline.splitting import split, utf16_length

from ..limits import ALT_TEXT, TABLE_CHARACTERS, TABLE_COLUMNS, TABLE_ROWS
from . import marks
from .blocks import Block, context

KIND: Final = "files"
"""The kind of posts that hold files; they are never edited."""
FILES: Final = 10
"""Files that are shared together."""
FILE_BYTES: Final = 1_000_000_000
"""Bytes of a file that Slack takes."""
_INLINE: Final = 1500
"""Characters of an artifact or a page that still stand in the text."""
_CAPTION: Final = 180
_ERROR: Final = 500
_SHOWN: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""Pictures that Slack draws."""
_TABLE: Final = "table"
Table: TypeAlias = "tuple[Sequence[str], Sequence[Sequence[str]]]"


def draw_media(media: Media, view: View, *, running: bool) -> Drawn:
    """A medium of a reply. What the app still holds, or nobody does any more, is told when the reply has ended."""
    name = one_line(media.name or media.caption or media.alt or media.kind, _CAPTION)
    if media.error:
        return Drawn(marks.escape_lines(f"⚠️ {name}: {one_line(media.error, _ERROR)}"))
    if isinstance(media.spec, Mapping):
        return Drawn("", [_plot(media, media.spec)])
    if isinstance(media.spec, str):
        return _page(media, media.spec, view)
    if isinstance(media.source, Link):
        caption = media.caption or media.alt
        return Drawn("\n\n".join(part for part in (marks.escape_lines(caption), media.source.url) if part))
    if isinstance(media.source, Blob):
        return _held(media, media.source, name, view)
    if running:
        return Drawn()
    return Drawn(marks.escape_lines(f"⚠️ {name}: {view.words('media_gone')}"))


def draw_artifact(artifact: Artifact, view: View, *, running: bool) -> Drawn:
    """The value of an additional output: in the text where it is short enough, else a table or a file."""
    label = one_line(artifact.label, _CAPTION)
    title = f"**{marks.escape(label)}**" if label else ""
    if artifact.media is not None:
        drawn = draw_media(artifact.media, view, running=running)
        return Drawn("\n\n".join(part for part in (title, drawn.text) if part), drawn.files)
    if artifact.kind == "table" and (table := tables.table_of(artifact.value)) is not None:
        return _table(table, label)
    short, whole, ending = _written(artifact)
    if not whole.strip():
        return Drawn()
    if utf16_length(short) <= _INLINE:
        return Drawn(f"{title}\n\n{short}" if title else short)
    name = safe_name(artifact.label or artifact.kind, ending)
    file = File(name, {"text": whole}, len(whole.encode("utf-8", "replace")), label)
    pointer = f"📎 {marks.escape(name)}"
    return Drawn(f"{title}\n\n{pointer}" if title else pointer, [file])


def posts(files: Sequence[File]) -> tuple[Post, ...]:
    """As few posts as can be: pictures, tables, then everything else."""
    made: list[Post] = []
    pictures = [file for file in files if file.picture]
    drawn = [file for file in files if _TABLE in file.content]
    others = [file for file in files if not file.picture and _TABLE not in file.content]
    for file in drawn:
        made.append(_post([file], made, _table_body(file)))
    for batch in (*batches(pictures, FILES, FILES * FILE_BYTES), *batches(others, FILES, FILES * FILE_BYTES)):
        made.append(_post(batch, made, _body(batch)))
    return tuple(made)


def names_of(files: Sequence[File], view: View) -> str:
    """What stands where a reply is files only, in mrkdwn."""
    shown = [marks.plain(one_line(file.caption or file.alt or file.name, _CAPTION)) for file in files[:FILES]]
    if len(files) > len(shown):
        shown.append(marks.plain(view.words("slack_more_files").format(count=len(files) - len(shown))))
    return "📎 " + ", ".join(shown)


def _post(batch: Sequence[File], made: Sequence[Post], body: Mapping[str, Json]) -> Post:
    return Post(key_of(batch, made), body, mutability="fixed", kind=KIND, final=True)


def _body(batch: Sequence[File]) -> dict[str, Json]:
    """Pictures are blocks, each with its caption; other files are shared, with what is said of them."""
    entries = entries_of(batch)
    named = [(str(entry["name"]), file) for entry, file in zip(entries, batch, strict=True)]
    if batch[0].picture:
        said = [marks.plain(one_line(file.caption or file.alt or name, _CAPTION)) for name, file in named]
        blocks: list[Json] = [_image(name, file) for name, file in named]
        return {"text": "🖼 " + ", ".join(said), "blocks": blocks, "files": list(entries)}
    captions = [(name, one_line(file.caption, _CAPTION)) for name, file in named if file.caption.strip()]
    several = len(batch) > 1
    lines = [marks.plain(f"{name}: {caption}" if several else caption) for name, caption in captions]
    return {"text": "\n".join(lines), "files": list(entries)}


def _image(name: str, file: File) -> Block:
    block: dict[str, Json] = {
        "type": "image",
        "slack_file": {"id": f"attachment://{name}"},
        "alt_text": file.alt or name,
    }
    if caption := one_line(file.caption, _CAPTION):
        block["title"] = {"type": "plain_text", "text": caption}
    return block


def _table_body(file: File) -> dict[str, Json]:
    block = file.content[_TABLE]
    rows = block["rows"] if isinstance(block, Mapping) else ()
    assert isinstance(rows, Sequence)
    lines = [" | ".join(str(cell["text"]) for cell in row) for row in rows]  # type: ignore[union-attr, index, call-overload]
    title: list[Block] = [context(f"*{marks.plain(file.alt)}*")] if file.alt else []
    text = "\n".join([*([marks.plain(file.alt)] if file.alt else []), *map(marks.plain, lines)])
    return {"text": text, "blocks": [*title, block]}


def _table(table: Table, label: str) -> Drawn:
    """A table within Slack's limits as a block; else as CSV."""
    head, rows = table
    width = max((len(row) for row in (head, *rows)), default=0)
    lines = [[*row, *[""] * (width - len(row))] for row in ((head, *rows) if any(head) else rows)]
    if not lines or not width:
        return Drawn()
    characters = sum(len(cell) or 1 for line in lines for cell in line)
    if len(lines) > TABLE_ROWS or width > TABLE_COLUMNS or characters > TABLE_CHARACTERS:
        text = tables.to_csv(head, rows)
        name = safe_name(label or _TABLE, ".csv")
        return Drawn("", [File(name, {"text": text}, len(text.encode("utf-8", "replace")), label)])
    cells: list[Json] = [
        [{"type": "raw_text", "text": cell if cell.strip() else "–"} for cell in line] for line in lines
    ]
    block: dict[str, Json] = {"type": "table", "rows": cells}
    numbers = [index for index in range(width) if tables.is_numeric([line[index] for line in lines[1:]])]
    if numbers:
        block["column_settings"] = [{"align": "right" if index in numbers else "left"} for index in range(width)]
    return Drawn("", [File(safe_name(label or _TABLE, ".csv"), {_TABLE: block}, alt=label)])


def _plot(media: Media, spec: Mapping[str, Json]) -> File:
    plot = {"type": str(spec.get("type", "")), "plot": str(spec.get("plot", ""))}
    alt = clipped(media.alt or media.caption or media.name or media.kind, ALT_TEXT // 2)
    return File(safe_name(media.name or "plot", ".png"), {"plot": plot}, 0, alt, media.caption, picture=True)


def _page(media: Media, html: str, view: View) -> Drawn:
    """A piece of HTML: what it says, and the page itself as a file, behind a link too where there is one."""
    cut = split(marks.escape_lines(html_text(html)), _INLINE, measure=utf16_length, max_pieces=1)
    lines = [f"{cut.pieces[0]}{'' if cut.complete else ' …'}"] if cut.pieces else []
    if isinstance(media.source, Blob) and view.link is not None:
        name = media.name or "page.html"
        lines.append(marks.link(marks.escape(view.words("slack_open_page")), view.link(media.source.sha256, name)))
    file = File(safe_name(media.name or "page", ".html"), {"text": html}, len(html.encode("utf-8", "replace")))
    return Drawn("\n\n".join(lines), [file])


def _held(media: Media, blob: Blob, name: str, view: View) -> Drawn:
    mime = media.mime.partition(";")[0].strip().lower() or mimetypes.guess_type(media.name)[0] or ""
    if not 0 < blob.size <= FILE_BYTES:
        return Drawn(_elsewhere(media, blob, name, view))
    picture = media.kind in ("image", "plot") and mime in _SHOWN
    alt = clipped(media.alt or media.caption or media.name, ALT_TEXT // 2) or media.kind
    content: dict[str, Json] = {"sha256": blob.sha256, "mime": mime, "size": blob.size}
    file_name = safe_name(media.name or media.kind, mimetypes.guess_extension(mime) or "")
    return Drawn("", [File(file_name, content, blob.size, alt, media.caption, picture, media.group)])


def _elsewhere(media: Media, blob: Blob, name: str, view: View) -> str:
    """Where a file can be had that Slack does not take, else why it cannot."""
    size = size_text(blob.size)
    if view.link is not None:
        return f"📎 {marks.link(marks.escape(f'{name} ({size})'), view.link(blob.sha256, media.name))}"
    said = view.words("slack_too_large_to_show").format(name=name, size=size, limit=size_text(FILE_BYTES))
    return marks.escape_lines(f"⚠️ {said}")


def _written(artifact: Artifact) -> tuple[str, str, str]:
    """An artifact as Markdown, as a file's text, and that file's ending."""
    value = artifact.value
    if value is None:
        return "", "", ""
    if artifact.kind == "text":
        text = value if isinstance(value, str) else pretty(value)
        return marks.escape_lines(text), text, ".txt"
    if artifact.kind == "code" and isinstance(value, str):
        return marks.fenced(value, artifact.language), value, ENDINGS.get(artifact.language, ".txt")
    text = value if isinstance(value, str) and artifact.kind == "json" else pretty(value)
    return marks.fenced(text, "json"), text, ".json"
