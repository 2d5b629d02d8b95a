"""An app's thoughts: the running step, lines or containers, cards in streams, whole for who asks. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from trunkline.attaching import pretty
from trunkline.bridge import View
from trunkline.dialects import Dialect, dialect_of
from trunkline.labels import clipped, one_line
from trunkline.messages import Artifact, Blob, Json, Link, Media, Part, Reply, Text, Thought
from trunkline.quantities import seconds_text
from trunkline.splitting import split, utf16_length
from trunkline.steps import current, flat, level_of, plain_title, thoughts_of

from ..limits import CONTAINER_BLOCKS, CONTAINER_TITLE, TASK_TITLE
from . import marks
from .blocks import Block, context, markdown, section
from .text import draw, mrkdwn, sure_length

ROOM: Final = 3000
"""Characters of all thoughts in one post."""
_LINES: Final = 8
_CONTENT: Final = 600
_TREE: Final = 7000
_TREE_MESSAGES: Final = 5
_INDENT: Final = "\u2003"


@dataclass(frozen=True, slots=True)
class Card:
    """A thought as a task of a stream. `details` are only what will not change."""

    id: str
    title: str
    pending: bool
    details: str = ""
    output: str = ""


def group_blocks(group: Sequence[Thought], view: View, room: int, *, running: bool) -> list[Block]:
    """Thoughts that stand together in a post, in about `room` characters; none where they are hidden."""
    level = level_of(view)
    if level == "hidden" or not group or room <= 0:
        return []
    step = current(group) if running else None
    if level == "full":
        return [_container(group, view, room, running=running)]
    if step is not None:
        return [context(_step(step[0], group, view))]
    return [context("\n".join(_within(_lines(group), min(room, ROOM // 2), view)))]


def said(group: Sequence[Thought], view: View) -> str:
    """The same in words, for those who cannot see blocks."""
    if level_of(view) == "hidden":
        return ""
    return "\n".join(_within(_lines(group), ROOM, view))


def _lines(group: Sequence[Thought]) -> list[str]:
    return [_headline(thought, depth) for thought, depth in flat(group)]


def _within(lines: Sequence[str], room: int, view: View) -> list[str]:
    """As many lines as there is room for, and how many more there are."""
    most = _LINES if len(lines) <= _LINES else _LINES - 1
    shown: list[str] = []
    for line in lines[:most]:
        if shown and sum(map(len, shown)) + len(line) > room:
            break
        shown.append(line)
    left = len(lines) - len(shown)
    return [*shown, marks.plain(view.words("slack_more_steps").format(count=left))] if left else shown


def _headline(thought: Thought, depth: int = 0, *, running: bool = False) -> str:
    title = marks.plain(plain_title(thought)) or "…"
    sign = "✓" if thought.status == "done" else "⏳" if running else "◼"
    took = "" if thought.duration is None else f" · {seconds_text(thought.duration)}"
    nested = f"{_INDENT * (depth - 1)}↳ " if depth else ""
    return f"{nested}{sign} {title}{took}"


def _step(way: Sequence[Thought], group: Sequence[Thought], view: View) -> str:
    said = f"⏳ {marks.plain(_path([plain_title(step) for step in way]))}"
    done = sum(thought.status == "done" for thought, _ in flat(group))
    return f"{said} · {marks.plain(view.words('slack_steps_done').format(count=done))}" if done else said


def _path(titles: Sequence[str]) -> str:
    """Titles from the outermost to the innermost, of which the last is never left out."""
    named = [title for title in titles if title]
    while len(path := " › ".join(named)) > TASK_TITLE and len(named) > 1:
        named = ["…", *named[2:]] if named[0] == "…" else ["…", *named[1:]]
    return one_line(path, TASK_TITLE)


def _container(group: Sequence[Thought], view: View, room: int, *, running: bool) -> Block:
    steps = list(flat(group))
    children: list[Json] = []
    for number, (thought, depth) in enumerate(steps):
        if (len(children) == CONTAINER_BLOCKS - 1 and number < len(steps) - 1) or room < 100:
            more = view.words("slack_more_steps").format(count=len(steps) - number)
            children.append(section(marks.plain(more)))
            break
        text = f"{_headline(thought, depth, running=running)}\n{_content_cut(thought, view)}".rstrip()
        text = clipped(text, max(100, min(room, _CONTENT * 2)))
        room -= len(text)
        children.append(section(text))
    titles = [plain_title(group[0])] if len(group) == 1 else []
    said = "💭 " + (titles[0] if titles and titles[0] else view.words("thoughts"))
    return {
        "type": "container",
        "title": {"type": "plain_text", "text": one_line(said, CONTAINER_TITLE)},
        "is_collapsible": True,
        "default_collapsed": not running,
        "child_blocks": children,
    }


def _content_cut(thought: Thought, view: View) -> str:
    content = mrkdwn(_content(thought, view, dialect_of(view.profile)))
    if not content:
        return ""
    cut = split(content, _CONTENT, measure=utf16_length, max_pieces=1)
    more = marks.plain(view.words("slack_more_in_thoughts"))
    return cut.pieces[0] if cut.complete else f"{cut.pieces[0]}\n{more}"


def cards(group: Sequence[Thought], view: View, number: str, *, running: bool) -> Iterator[Card]:
    """Thoughts as tasks, in the order in which they stand; `number` names the group in its reply."""
    level = level_of(view)
    if level == "hidden":
        return
    dialect = dialect_of(view.profile)
    for thought, place, titles in _placed(group, number, ()):
        pending = thought.status == "pending" and running
        took = "" if thought.duration is None or pending else seconds_text(thought.duration)
        details = _sure(thought, view, dialect, growing=pending) if level == "full" else ""
        if level == "full" and not pending and thought.log:
            took = f"{took}\n{marks.uncalled(clipped(thought.log, _CONTENT))}".strip()
        name = hashlib.sha256(place.encode("utf-8", "replace")).hexdigest()[:12]
        yield Card(f"t{name}", one_line(marks.uncalled(_path(titles)), TASK_TITLE) or "…", pending, details, took)


def _placed(
    parts: Sequence[Part], above: str, titles: tuple[str, ...]
) -> Iterator[tuple[Thought, str, tuple[str, ...]]]:
    """Every thought with where it stands and what it and those around it are called."""
    for number, part in enumerate(parts):
        if isinstance(part, Thought):
            place, path = f"{above}/{part.id or number}", (*titles, plain_title(part))
            yield part, place, path
            yield from _placed(part.parts, place, path)


def _sure(thought: Thought, view: View, dialect: Dialect, *, growing: bool) -> str:
    """What of a thought's content stays, whatever comes: it can be added to and never changed."""
    texts = [part for part in thought.parts if not isinstance(part, Thought)]
    if growing and texts and isinstance(texts[-1], Text):
        last = texts[-1].text
        before = [drawn for part in texts[:-1] if (drawn := _part(part, view, dialect))]
        sure = draw(last, dialect, growing=True)[: sure_length(last, dialect)]
        content = "\n\n".join([*before, sure]).rstrip()
    else:
        content = "\n\n".join(drawn for part in texts if (drawn := _part(part, view, dialect)))
    return content[:_CONTENT]


def _content(thought: Thought, view: View, dialect: Dialect) -> str:
    """What a thought holds beside other thoughts, as Markdown."""
    parts = [drawn for part in thought.parts if (drawn := _part(part, view, dialect))]
    if thought.log:
        parts.append(marks.fenced(thought.log))
    return "\n\n".join(parts)


def _part(part: Part, view: View, dialect: Dialect) -> str:
    match part:
        case Text(text):
            return draw(text, dialect)
        case Media() | Artifact(media=Media()):
            media = part if isinstance(part, Media) else part.media
            return media_line(media, view) if media is not None else ""
        case Artifact(value=value, language=language):
            return marks.fenced(value if isinstance(value, str) else pretty(value), language)
        case _:
            return ""


def media_line(media: Media, view: View) -> str:
    """A medium in one line of Markdown: what it is called, with an address where there is one."""
    name = marks.escape(one_line(media.caption or media.alt or media.name or media.kind, CONTAINER_TITLE))
    if media.error:
        return f"📎 {name} ({marks.escape(one_line(media.error, CONTAINER_TITLE))})"
    if isinstance(media.source, Link):
        return f"📎 {name}: {media.source.url}"
    if isinstance(media.source, Blob) and view.link is not None:
        return f"📎 {marks.link(name, view.link(media.source.sha256, media.name))}"
    return f"📎 {name}"


def thought_tree(reply: Reply, view: View) -> tuple[Mapping[str, Json], ...]:
    """The whole tree with contents, logs and durations: the messages that show it to the one who asks.

    Bodies as those of posts, with no files. A tree too long for `_TREE_MESSAGES` messages has the whole as
    `files` of the last one, for whoever can send files to one person.
    """
    dialect = dialect_of(view.profile)
    trees = [_whole(thought, view, dialect, 0) for thought in thoughts_of(reply)]
    text = "\n\n".join(trees) or marks.escape(view.words("slack_no_thoughts"))
    cut = split(text, _TREE, measure=utf16_length, max_pieces=_TREE_MESSAGES)
    bodies: list[dict[str, Json]] = [{"text": mrkdwn(piece), "blocks": [markdown(piece)]} for piece in cut.pieces]
    if not cut.complete:
        notice = marks.plain(view.words("slack_whole_attached"))
        bodies[-1] = {
            "text": f"{bodies[-1]['text']}\n{notice}",
            "blocks": [markdown(cut.pieces[-1]), context(notice)],
            "files": [{"name": "thoughts.md", "alt": "", "text": text}],
        }
    return tuple(bodies)


def _whole(thought: Thought, view: View, dialect: Dialect, depth: int) -> str:
    """A thought with everything in it; those within stand below it as a list does."""
    title = marks.escape(plain_title(thought)) or "…"
    took = "" if thought.duration is None else f" · {seconds_text(thought.duration)}"
    head = f"{'✓' if thought.status == 'done' else '◼'} **{title}**{took}"
    inner = [
        written
        for part in thought.parts
        if (
            written := _whole(part, view, dialect, depth + 1)
            if isinstance(part, Thought)
            else _part(part, view, dialect)
        )
    ]
    if thought.log:
        inner.append(marks.fenced(thought.log))
    if not depth:
        return "\n\n".join((head, *inner))
    lines = "\n".join((head, *inner)).split("\n")
    return "\n".join(f"{'  ' if number else '- '}{line}" for number, line in enumerate(lines))
