"""An app's thoughts: the current step while they run, folded when done, whole for the one who asks. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from trunkline.bridge import Shown, View
from trunkline.labels import one_line
from trunkline.messages import Artifact, Blob, Json, Link, Media, Part, Reply, Text, Thought
from trunkline.quantities import seconds_text
from trunkline.splitting import split, utf16_length
from trunkline.steps import (
    TITLE,
    current,
    flat,
    level_of,
    media_in,
    path_of,
    plain_title,
    thoughts_of,
    with_paths,
)

from ..limits import COMPONENTS_V2, CONTENT, LAYOUT_TEXT
from .files import draw_media, posts
from .marks import ZERO_WIDTH, escape, fenced, item, masked, quoted, small
from .text import Dialect, dialect_of, draw

MEMO: Final = "began"
"""In a body's memo: when each pending thought was first drawn, by its path, in whole seconds since the epoch."""
CONTAINER: Final = 17
TEXT_DISPLAY: Final = 10
FILE: Final = 13
_LINES: Final = 8
_CONTENT: Final = 600
_TREE_MESSAGES: Final = 5
_INDENT: Final = "\u2003"


@dataclass(frozen=True, slots=True)
class Clocks:
    """When pending thoughts began: those that were drawn before, and now."""

    began: Mapping[str, int]
    now: int

    def of(self, path: str) -> int:
        return self.began.get(path, self.now)


def clocks(shown: Sequence[Shown], now: float) -> Clocks:
    """What the posts that stand remember."""
    began: dict[str, int] = {}
    for one in shown:
        memo = one.post.body.get("memo")
        known = memo.get(MEMO) if isinstance(memo, Mapping) else None
        if isinstance(known, Mapping):
            began |= {path: at for path, at in known.items() if isinstance(at, int)}
    return Clocks(began, int(now))


def pending_paths(reply: Reply) -> list[str]:
    """Where the pending thoughts of a reply are."""
    return [path for thought, path in with_paths(thoughts_of(reply)) if thought.status == "pending"]


def drawn(thoughts: Sequence[Thought], view: View, times: Clocks, *, running: bool) -> str:
    """Thoughts that stand together, as they are seen in a reply; "" where they are hidden."""
    level = level_of(view)
    if level == "hidden" or not thoughts:
        return ""
    running_step = current(thoughts) if running else None
    dialect = dialect_of(view.profile)
    if level == "full":
        return "\n".join(_in_full(thoughts, view, times, dialect, running))
    if running_step is not None:
        return small(_step(*running_step, thoughts, view, times))
    lines = [_line(thought, depth) for thought, depth in flat(thoughts)]
    if len(lines) > _LINES:
        more = view.words("discord_more_steps").format(count=len(lines) - _LINES + 1)
        lines = [*lines[: _LINES - 1], more]
    return small("\n".join(lines))


def thought_tree(reply: Reply, view: View) -> tuple[Mapping[str, Json], ...]:
    """The whole tree with contents, logs and durations: the messages that show it, one after another.

    Bodies as those of posts; the flag that makes them ephemeral is for the sender to add. A tree too long for
    `_TREE_MESSAGES` messages is attached to the last as a file. Media without an address follow as files.
    """
    dialect = dialect_of(view.profile)
    trees = [_whole(thought, view, dialect, 0) for thought in thoughts_of(reply)]
    text = "\n\n".join(trees) or escape(view.words("discord_no_thoughts"))
    layout = bool(view.options.get("components_v2", True))
    limit = LAYOUT_TEXT if layout else CONTENT
    notice = small(escape(view.words("discord_whole_attached")))
    cut = split(text, limit - len(notice) - 1, measure=utf16_length, max_pieces=_TREE_MESSAGES)
    pieces = list(cut.pieces)
    if not cut.complete:
        pieces[-1] = f"{pieces[-1]}\n{notice}"
    bodies = [_body(piece, layout) for piece in pieces]
    if not cut.complete:
        name = "thoughts.md"
        bodies[-1]["files"] = [{"name": name, "alt": "", "text": text}]
        if layout:
            file: Json = {"type": FILE, "file": {"url": f"attachment://{name}"}}
            bodies[-1]["components"] = [*_components(pieces[-1]), file]
    return (*bodies, *_attached(reply, view))


def _attached(reply: Reply, view: View) -> Iterator[Mapping[str, Json]]:
    held = [
        media for media in media_in(thoughts_of(reply)) if view.link is None or not isinstance(media.source, Blob)
    ]
    drawn = [file for one in held for file in draw_media(one, view, running=False).files]
    yield from (post.body for post in posts(drawn, view)[:_TREE_MESSAGES])


def _body(piece: str, layout: bool) -> dict[str, Json]:
    if not layout:
        return {"content": piece}
    return {"flags": COMPONENTS_V2, "components": _components(piece)}


def _components(piece: str) -> list[Json]:
    return [{"type": CONTAINER, "components": [{"type": TEXT_DISPLAY, "content": piece}]}]


def title_of(thought: Thought) -> str:
    """A thought's title as words of one line, its marks left out."""
    return escape(plain_title(thought))


def _step(way: Sequence[Thought], path: str, thoughts: Sequence[Thought], view: View, times: Clocks) -> str:
    names = " › ".join(title for step in way if (title := title_of(step)))
    said = [f"⏳ {names}", view.words("discord_started").format(when=f"<t:{times.of(path)}:R>")]
    done = sum(thought.status == "done" for thought, _ in flat(thoughts))
    if done:
        said.append(view.words("discord_steps_done").format(count=done))
    return " · ".join(said)


def _line(thought: Thought, depth: int) -> str:
    # Clients trim lines of small print, other than of what is no space to them.
    indent = ZERO_WIDTH + _INDENT * (depth - 1) if depth > 1 else ""
    return f"{indent}↳ {_headline(thought)}" if depth else _headline(thought)


def _headline(thought: Thought, *, strong: bool = False) -> str:
    title = title_of(thought) or "…"
    mark = "✓" if thought.status == "done" else "◼"
    took = "" if thought.duration is None else f" · {seconds_text(thought.duration)}"
    return f"{mark} {f'**{title}**' if strong else title}{took}"


def _in_full(
    thoughts: Sequence[Part],
    view: View,
    times: Clocks,
    dialect: Dialect,
    running: bool,
    above: str = "",
    depth: int = 0,
) -> Iterator[str]:
    for number, part in enumerate(thoughts):
        if not isinstance(part, Thought):
            continue
        path = path_of(part, number, above)
        line = _line(part, depth)
        if running and part.status == "pending":
            when = view.words("discord_started").format(when=f"<t:{times.of(path)}:R>")
            line = f"{line.replace('◼', '⏳', 1)} · {when}"
        yield small(line)
        content = _content(part, view, dialect, growing=running and part.status == "pending")
        if content:
            cut = split(content, _CONTENT, measure=utf16_length, max_pieces=1)
            yield quoted(cut.pieces[0] if cut.complete else f"{cut.pieces[0]}\n{_pointer(view)}")
        yield from _in_full(part.parts, view, times, dialect, running, path, depth + 1)


def _pointer(view: View) -> str:
    return escape(view.words("discord_more_in_thoughts"))


def _content(thought: Thought, view: View, dialect: Dialect, *, growing: bool = False) -> str:
    """What a thought holds beside other thoughts."""
    parts = [drawn for part in thought.parts if (drawn := _part(part, view, dialect, growing))]
    if thought.log:
        parts.append(fenced(thought.log))
    return "\n\n".join(parts)


def _part(part: Part, view: View, dialect: Dialect, growing: bool = False) -> str:
    match part:
        case Text(text):
            return draw(text, dialect, growing=growing)
        case Media():
            return media_line(part, view)
        case Artifact(media=Media() as media):
            return media_line(media, view)
        case Artifact(value=value, language=language):
            text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
            return fenced(text, language)
        case _:
            return ""


def media_line(media: Media, view: View) -> str:
    """A medium in one line: what it is called, with an address where there is one."""
    name = escape(one_line(media.caption or media.alt or media.name or media.kind, TITLE))
    if media.error:
        return f"📎 {name} ({escape(one_line(media.error, TITLE))})"
    if isinstance(media.source, Link):
        return f"📎 {name}: {media.source.url}" if name else media.source.url
    if isinstance(media.source, Blob) and view.link is not None:
        return f"📎 {masked(name.replace('[', '(').replace(']', ')'), view.link(media.source.sha256, media.name))}"
    return f"📎 {name}"


def _whole(thought: Thought, view: View, dialect: Dialect, depth: int) -> str:
    """A thought with everything in it; those within are items of a list, which Discord indents."""
    inner: list[str] = []
    for part in thought.parts:
        written = (
            _whole(part, view, dialect, depth + 1) if isinstance(part, Thought) else _part(part, view, dialect)
        )
        if written:
            inner.append(written)
    if thought.log:
        inner.append(fenced(thought.log))
    lines = "\n".join((_headline(thought, strong=bool(depth)), *inner))
    if not depth:
        return f"### {lines}"
    return item("- ", lines)
