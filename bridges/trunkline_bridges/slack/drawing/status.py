"""The one line that says how a running reply is getting on, and what an ended one still has to say. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from trunkline import saying
from trunkline.bridge import View
from trunkline.labels import line_within
from trunkline.messages import Reply

from .marks import plain

LONGEST: Final = 150
"""Characters of the line before signs are escaped."""
_LONGEST_NOTICE: Final = 1000


def status_line(reply: Reply, view: View) -> str:
    """Notices, progress and place in the queue of a running reply, in mrkdwn; "" when there are none."""
    return plain(line_within(saying.status_text(reply, view), LONGEST))


def left_to_say(reply: Reply) -> Iterator[str]:
    """The notices that stand in the final, in mrkdwn."""
    return (plain(line_within(text, _LONGEST_NOTICE)) for text in saying.left_to_say(reply))
