"""Slack's numbers, and what the bridge can do there. Pure.

Sources: Slack's documentation of November 2026 (Web API, Block Kit, agent sessions), slack_sdk 3.47's models;
what is not documented is marked as observed.
"""

from __future__ import annotations

from typing import Final

from trunkline.bridge import Budget, Capabilities

TEXT: Final = 4000
"""Characters of a message's `text` that Slack recommends at most; it cuts at 40,000."""
MARKDOWN: Final = 12_000
"""Characters over all markdown blocks of a message."""
BLOCKS_TEXT: Final = 13_000
"""Characters over all blocks of a message; observed: 13,200."""
SECTION: Final = 3000
BLOCKS: Final = 50
HOME_BLOCKS: Final = 100
ACTIONS: Final = 25
CONTEXT: Final = 10
BUTTON_TEXT: Final = 75
BUTTON_VALUE: Final = 2000
SELECT_OPTIONS: Final = 100
SELECT_TEXT: Final = 75
SELECT_VALUE: Final = 150
HEADER: Final = 150
ALT_TEXT: Final = 2000
TABLE_ROWS: Final = 100
TABLE_COLUMNS: Final = 20
TABLE_CHARACTERS: Final = 10_000
CONTAINER_BLOCKS: Final = 10
CONTAINER_TITLE: Final = 150
TASK_TITLE: Final = 256
TASK_CARDS: Final = 48
SUGGESTED_PROMPTS: Final = 4
SESSION_TITLE: Final = 200
MODAL_BLOCKS: Final = 100
STREAM_BYTES: Final = 9000
"""UTF-8 bytes of one streamed message, details and output of tasks counted twice; observed: 10,600 to 11,300."""
STREAM_SECONDS: Final = 240.0
"""Age at which a stream is rolled over; observed: it ends at about 300."""

CAPABILITIES: Final = Capabilities(
    edit=True,
    delete=True,
    append=True,
    find=True,
    repeatable=False,
    controls=True,
    divider=True,
    retry_in_place=True,
    several_people=True,
)
# Limits are per method and workspace; those of a channel hold as well.
POSTS: Final = Budget(calls=4, seconds=4.0, reserve=1)
"""chat.postMessage: about one a second in a channel, with short bursts."""
UPDATES: Final = Budget(calls=50, seconds=60.0, reserve=8, interval=1.2)
"""chat.update: tier 3."""
STREAM_STARTS: Final = Budget(calls=20, seconds=60.0, reserve=4)
"""chat.startStream and chat.stopStream: tier 2 each."""
APPENDS: Final = Budget(calls=100, seconds=60.0, reserve=10, interval=0.7)
"""chat.appendStream: tier 4."""
DELETES: Final = Budget(calls=50, seconds=60.0)


def timestamp(ts: str) -> float:
    """When a message was posted, in seconds since the epoch; 0.0 for what is no `ts`."""
    try:
        return float(ts)
    except ValueError:
        return 0.0
