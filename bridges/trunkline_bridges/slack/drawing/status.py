"""The one line that says how a running reply is getting on, and what an ended one still has to say. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from trunkline import saying
from trunkline.bridge import STATUS_KEY, Post, View
from trunkline.labels import line_within
from trunkline.messages import Reply

from .blocks import context
from .bodies import body
from .marks import plain

LONGEST: Final = 150
"""Characters of the line before signs are escaped."""
_LONGEST_NOTICE: Final = 1000


def status_words(reply: Reply, view: View) -> str:
    """Notices, progress and place in the queue of a running reply; "" when there are none."""
    return line_within(saying.status_text(reply, view), LONGEST)


def status_line(reply: Reply, view: View) -> str:
    """The same in mrkdwn."""
    return plain(status_words(reply, view))


def status_post(words: str) -> Post:
    """The line by itself, where it cannot stand below the text. Nothing else takes its place."""
    return Post(STATUS_KEY, {**body([context(plain(words))], plain(words)), "status": words}, kind=STATUS_KEY)


def left_to_say(reply: Reply) -> Iterator[str]:
    """The notices that stand in the final, in mrkdwn."""
    return (plain(line_within(text, _LONGEST_NOTICE)) for text in saying.left_to_say(reply))
