"""The keys of a reply's text posts. Pure.

Text posts are `reply:0`, `reply:1`, … from the first snapshot to the final, which then is an edit. Edits tell
nobody that there is news: the final of a reply that took long has the keys `final:0`, `final:1`, …, so that it is
created anew and the previews go once it stands (`trunkline.reconcile`). What stands under `final:` keeps its
keys, over a retry and when its controls change.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from trunkline.bridge import Shown, View
from trunkline.messages import Reply

RUNNING: Final = "reply"
FRESH: Final = "final"


def text_key(prefix: str, number: int) -> str:
    return f"{prefix}:{number}"


def text_prefix(reply: Reply, view: View, shown: Sequence[Shown], now: float) -> str:
    """`RUNNING` or `FRESH`, for the text posts of this snapshot."""
    standing = {one.post.key.partition(":")[0] for one in shown}
    if FRESH in standing:
        return FRESH
    asked, limit = view.target.get("at"), view.options.get("fresh_final_seconds", 0.0)
    if reply.running or RUNNING not in standing or view.standing or not view.newest:
        return RUNNING
    if not isinstance(asked, int | float) or not isinstance(limit, int | float) or limit <= 0:
        return RUNNING
    return FRESH if now - asked > limit else RUNNING


def is_news(key: str) -> bool:
    """People are to be told of a post of this key: it is the first of a final that took long."""
    return key == text_key(FRESH, 0)
