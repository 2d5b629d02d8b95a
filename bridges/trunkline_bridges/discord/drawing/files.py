"""Media and artifacts of a reply: what of them is text, and the posts that hold the rest. Pure.

Pictures stand together in galleries, other files together in messages, each within what one message may hold.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping, Sequence
from typing import Final

from trunkline import tables
from trunkline.attaching import ENDINGS, Drawn, File, batches, entries_of, key_of, name_parts, pretty, safe_name
from trunkline.bridge import Post, View
from trunkline.html_text import html_text
from trunkline.labels import clipped, one_line
from trunkline.messages import Artifact, Blob, Json, Link, Media
from trunkline.quantities import size_text
from trunkline.splitting import split, utf16_length

from ..limits import ALT_TEXT, ATTACHMENTS, COMPONENTS_V2, CONTENT, GALLERY_ITEMS, LAYOUT_TEXT, REQUEST, UPLOAD
from .marks import escape, escape_lines, fenced, masked, small
from .text import table_block

KIND_LAYOUT: Final = "v2"
"""The kind of posts that are made of components; they never become plain messages again."""
TEXT_DISPLAY: Final = 10
GALLERY: Final = 12
_INLINE: Final = 1500
"""Characters of an artifact or a page that still stand in the text."""
_CAPTION: Final = 180
_SHOWN: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""Pictures that Discord draws."""


def draw_media(media: Media, view: View, *, running: bool) -> Drawn:
    """A medium of a reply. What the app still holds, or nobody does any more, is told when the reply has ended."""
    name = _named(media)
    if media.error:
        return Drawn(small(escape_lines(f"⚠️ {name}: {one_line(media.error, CONTENT // 4)}")))
    if isinstance(media.spec, Mapping):
        return Drawn("", [_plot(media, media.spec)])
    if isinstance(media.spec, str):
        return _page(media, media.spec, view)
    if isinstance(media.source, Link):
        caption = media.caption or media.alt
        return Drawn("\n".join(part for part in (escape_lines(caption), media.source.url) if part))
    if isinstance(media.source, Blob):
        return _held(media, media.source, view)
    if running:
        return Drawn()
    return Drawn(small(escape_lines(f"⚠️ {name}: {view.words('media_gone')}")))


def draw_artifact(artifact: Artifact, view: View, *, running: bool) -> Drawn:
    """The value of an additional output: in the text where it is short enough, else as a file."""
    title = f"**{escape_lines(one_line(artifact.label, _CAPTION))}**" if artifact.label.strip() else ""
    if artifact.media is not None:
        drawn = draw_media(artifact.media, view, running=running)
        return Drawn("\n".join(part for part in (title, drawn.text) if part), drawn.files)
    short, whole, ending = _written(artifact)
    if not whole.strip():
        return Drawn()
    if short and utf16_length(short) <= _INLINE:
        return Drawn(f"{title}\n{short}" if title else short)
    name = safe_name(artifact.label or artifact.kind, ending)
    file = File(name, {"text": whole}, len(whole.encode("utf-8", "replace")), artifact.label)
    return Drawn(f"{title}\n{small(f'📎 {escape(name)}')}" if title else small(f"📎 {escape(name)}"), [file])


def names_of(files: Sequence[File], view: View) -> str:
    """What stands where a reply is files only."""
    shown = [escape(file.caption or file.alt or file.name) for file in files[:ATTACHMENTS]]
    if len(files) > len(shown):
        shown.append(view.words("discord_more_files").format(count=len(files) - len(shown)))
    return small(clipped("📎 " + ", ".join(one_line(name, _CAPTION) for name in shown), CONTENT // 2))


def posts(files: Sequence[File], view: View) -> tuple[Post, ...]:
    """As few posts as can be: galleries of pictures, then everything else."""
    made: list[Post] = []
    pictures = [file for file in files if file.picture]
    others = [file for file in files if not file.picture]
    layout = bool(view.options.get("components_v2", True))
    for batch in (*batches(pictures, GALLERY_ITEMS, REQUEST), *batches(others, ATTACHMENTS, REQUEST)):
        entries = entries_of(batch)
        body = _gallery(batch, entries) if layout and batch[0].picture else _plain(batch, entries)
        kind = KIND_LAYOUT if "flags" in body else ""
        made.append(Post(key_of(batch, made), body, mutability="fixed", kind=kind, final=True))
    return tuple(made)


def _named(media: Media) -> str:
    return one_line(media.name or media.caption or media.alt or media.kind, _CAPTION)


def _alt(media: Media) -> str:
    """What a picture shows, for those who cannot see it."""
    return clipped(media.alt or media.caption or media.name, ALT_TEXT // 2)


def _plot(media: Media, spec: Mapping[str, Json]) -> File:
    plot = {"type": str(spec.get("type", "")), "plot": str(spec.get("plot", ""))}
    alt = media.alt or media.caption or media.name or media.kind
    return File(safe_name(media.name or "plot", ".png"), {"plot": plot}, UPLOAD, clipped(alt, 500), media.caption)


def _page(media: Media, html: str, view: View) -> Drawn:
    """A piece of HTML: what it says, and the page itself as a file, behind a link too where there is one."""
    cut = split(escape_lines(html_text(html)), _INLINE, measure=utf16_length, max_pieces=1)
    lines = [f"{cut.pieces[0]}{'' if cut.complete else ' …'}"] if cut.pieces else []
    if isinstance(media.source, Blob) and view.link is not None:
        name = media.name or "page.html"
        lines.append(masked(escape(view.words("discord_open_page")), view.link(media.source.sha256, name)))
    file = File(safe_name(media.name or "page", ".html"), {"text": html}, len(html.encode("utf-8", "replace")))
    return Drawn("\n".join(lines), [file])


def _held(media: Media, blob: Blob, view: View) -> Drawn:
    limit = _limit(view)
    mime = media.mime.partition(";")[0].strip().lower() or mimetypes.guess_type(media.name)[0] or ""
    shrinks = mime.startswith("image/") and "svg" not in mime
    otherwise = _elsewhere(media, blob, view, limit)
    if blob.size > limit and not shrinks:
        return Drawn(otherwise)
    content: dict[str, Json] = {
        "sha256": blob.sha256,
        "mime": mime,
        "size": blob.size,
        "limit": limit,
        "otherwise": otherwise,
        "linked": view.link is not None,
    }
    if shrinks:
        content["shrink"] = True
    name = safe_name(media.name or media.kind, mimetypes.guess_extension(mime) or "")
    picture = media.kind in ("image", "plot") and mime in _SHOWN
    size = min(blob.size, limit)
    return Drawn("", [File(name, content, size, _alt(media) or media.kind, media.caption, picture, media.group)])


def _elsewhere(media: Media, blob: Blob, view: View, limit: int) -> str:
    """Where a file can be had that is not uploaded, else why it cannot."""
    name, size = _named(media), size_text(blob.size)
    if view.link is not None:
        label = escape(f"{name} ({size})").replace("[", "(").replace("]", ")")
        return f"📎 {masked(label, view.link(blob.sha256, media.name))}"
    said = view.words("discord_too_large_to_show").format(name=name, size=size, limit=size_text(limit))
    return small(escape_lines(f"⚠️ {said}"))


def _limit(view: View) -> int:
    limit = view.target.get("upload_limit")
    return min(limit if isinstance(limit, int) and limit > 0 else UPLOAD, REQUEST)


def _written(artifact: Artifact) -> tuple[str, str, str]:
    """An artifact as Markdown ("" where a file is better), as a file's text, and that file's ending."""
    value = artifact.value
    if artifact.kind == "table" and (table := tables.table_of(value)) is not None:
        return table_block(*table) or "", tables.to_csv(*table), ".csv"
    if artifact.kind == "text":
        text = value if isinstance(value, str) else pretty(value)
        return escape_lines(text), text, ".txt"
    if artifact.kind == "code" and isinstance(value, str):
        language = artifact.language
        return (fenced(value, language) if value.strip() else ""), value, ENDINGS.get(language, ".txt")
    if value is None:
        return "", "", ""
    text = value if isinstance(value, str) and artifact.kind == "json" else pretty(value)
    return fenced(text, "json"), text, ".json"


def _captions(batch: Sequence[File], names: Sequence[str]) -> str:
    """What is said of files that have something said of them; of several each behind its name."""
    said = [(name, one_line(file.caption, _CAPTION)) for name, file in zip(names, batch, strict=True)]
    several = len(batch) > 1
    lines = [escape_lines(f"{name}: {caption}" if several else caption) for name, caption in said if caption]
    return small("\n".join(lines)) if lines else ""


def _gallery(batch: Sequence[File], entries: Sequence[Mapping[str, Json]]) -> dict[str, Json]:
    items: list[Json] = [
        {
            "media": {"url": f"attachment://{entry['name']}"},
            **({"description": entry["alt"]} if entry["alt"] else {}),
        }
        for entry in entries
    ]
    components: list[Json] = [{"type": GALLERY, "items": items}]
    captions = _captions(batch, [str(number) for number in range(1, len(batch) + 1)])
    captions = clipped(captions, LAYOUT_TEXT // 2)
    if captions:
        components.append({"type": TEXT_DISPLAY, "content": captions})
    return {"flags": COMPONENTS_V2, "components": components, "files": list(entries)}


def _plain(batch: Sequence[File], entries: Sequence[Mapping[str, Json]]) -> dict[str, Json]:
    captions = clipped(_captions(batch, [_called(entry) for entry in entries]), CONTENT // 2)
    return {**({"content": captions} if captions else {}), "files": list(entries)}


def _called(entry: Mapping[str, Json]) -> str:
    """The name of a file; without its ending where that is only known when the file is made."""
    name = str(entry["name"])
    return name_parts(name)[0] if "plot" in entry or "shrink" in entry else name
