"""The one line that says how a running reply is getting on, and what an ended one still has to say. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from trunkline.bridge import View
from trunkline.messages import Notice, Reply
from trunkline.quantities import seconds_text
from trunkline.splitting import utf16_length

from .marks import escape, escape_lines, line_within, small

LONGEST: Final = 150
"""Characters of the line, escapes included."""
_BAR: Final = 10
_FULL, _EMPTY = "▰", "▱"
_SIGNS: Final = {"info": "ℹ️", "warning": "⚠️", "error": "⚠️"}
_TITLES: Final = frozenset({"info", "warning", "error"})


def status_line(reply: Reply, view: View) -> str:
    """Notices, progress and place in the queue of a running reply; "" when there are none."""
    said = " · ".join(text for notice in reply.notices if (text := _said(notice, view)))
    if not said:
        return ""
    line = small(escape(line_within(said, LONGEST)))
    # Escaped it may be twice as long.
    return line if utf16_length(line) <= LONGEST else small(escape(line_within(said, LONGEST // 2 - 2)))


def left_to_say(reply: Reply) -> Iterator[str]:
    """The notices that stand in the final, a block each."""
    for notice in reply.notices:
        if notice.level not in ("queue", "progress") and (text := _words(notice)):
            yield small(escape_lines(f"{_SIGNS[notice.level]} {text}"))


def _said(notice: Notice, view: View) -> str:
    shown = view.profile.look.progress
    if notice.level in ("queue", "progress") and shown != "full":
        return "" if shown == "hidden" else f"⏳ {view.words('working')}"
    match notice.level:
        case "queue":
            return f"⏳ {_queue(notice, view)}"
        case "progress":
            return _progress(notice, view)
        case _:
            return f"{_SIGNS[notice.level]} {_words(notice)}" if _words(notice) else ""


def _queue(notice: Notice, view: View) -> str:
    if not notice.rank:
        waiting = view.words("queue_next")
    else:
        size = notice.queue_size or notice.rank + 1
        waiting = view.words("queue_position").format(rank=notice.rank + 1, size=size)
    return waiting + (view.words("queue_eta").format(time=seconds_text(notice.eta)) if notice.eta else "")


def _progress(notice: Notice, view: View) -> str:
    text = " ".join(notice.text.split()) or view.words("working")
    if notice.progress is None:
        return f"⏳ {text}"
    share = min(1.0, max(0.0, notice.progress))
    full = int(share * _BAR + 0.5)
    return f"{_FULL * full}{_EMPTY * (_BAR - full)} {share:.0%} {text}"


def _words(notice: Notice) -> str:
    title, text = notice.title.strip(), notice.text.strip()
    if title and title.casefold() not in _TITLES:
        return f"{title}: {text}" if text else title
    return text
