"""The one line that says how a running reply is getting on, and what an ended one still has to say. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from trunkline import saying
from trunkline.bridge import View
from trunkline.labels import line_within
from trunkline.messages import Reply
from trunkline.splitting import utf16_length

from .marks import escape, escape_lines, small

LONGEST: Final = 150
"""Characters of the line, escapes included."""


def status_line(reply: Reply, view: View) -> str:
    """Notices, progress and place in the queue of a running reply; "" when there are none."""
    said = saying.status_text(reply, view)
    if not said:
        return ""
    line = small(escape(line_within(said, LONGEST)))
    # Escaped it may be twice as long.
    return line if utf16_length(line) <= LONGEST else small(escape(line_within(said, LONGEST // 2 - 2)))


def left_to_say(reply: Reply) -> Iterator[str]:
    """The notices that stand in the final, a block each."""
    return (small(escape_lines(text)) for text in saying.left_to_say(reply))
