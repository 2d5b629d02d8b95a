"""What stands beside a reply's text: how a running one gets on, and what an ended one has left to say. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .bridge import View
from .labels import line_within
from .messages import Notice, Reply
from .quantities import seconds_text

_BAR: Final = 10
_FULL, _EMPTY = "▰", "▱"
_SIGNS: Final = {"info": "ℹ️", "warning": "⚠️", "error": "⚠️"}
_TITLES: Final = frozenset({"info", "warning", "error"})


def status_text(reply: Reply, view: View) -> str:
    """Notices, progress and place in the queue of a running reply, as words; "" when there are none."""
    return " · ".join(text for notice in reply.notices if (text := _said(notice, view)))


def left_to_say(reply: Reply) -> Iterator[str]:
    """The notices that stand in the final, as words."""
    for notice in reply.notices:
        if notice.level not in ("queue", "progress") and (text := _words(notice)):
            yield f"{_SIGNS[notice.level]} {text}"


def options_in_full(reply: Reply, room: int) -> tuple[str, ...]:
    """The options of an ended reply whose words are cut where a control shows `room` characters, a line each."""
    if reply.running or reply.state == "failed":
        return ()
    lines = [" ".join(option.shown.split()) for option in reply.options]
    return tuple(line for line in lines if line_within(line, room) != line)


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
