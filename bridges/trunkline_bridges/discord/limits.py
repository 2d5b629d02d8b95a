"""Discord's numbers, and what the bridge can do there. Pure.

Sources: Discord's API documentation of August 2026 (resources/message, components/reference, interactions,
topics/rate-limits, change-log); what is not documented is marked.
"""

from __future__ import annotations

from typing import Final

from trunkline.bridge import Budget, Capabilities

CONTENT: Final = 2000
"""Characters of a message's content."""
LAYOUT_TEXT: Final = 4000
"""Characters over all text of a message made of components."""
LAYOUT_COMPONENTS: Final = 40
"""Components of such a message, nested ones included."""
ROWS: Final = 5
BUTTONS_PER_ROW: Final = 5
BUTTON_LABEL: Final = 80
SELECT_OPTIONS: Final = 25
SELECT_LABEL: Final = 100
PLACEHOLDER: Final = 150
MODAL_ITEMS: Final = 5
MODAL_TITLE: Final = 45
LABEL: Final = 45
LABEL_DESCRIPTION: Final = 100
TEXT_INPUT: Final = 4000
GALLERY_ITEMS: Final = 10
ATTACHMENTS: Final = 10
ALT_TEXT: Final = 1024
UPLOAD: Final = 10 * 1024 * 1024
"""Bytes of one file where nothing better is known (a server's boosts raise it)."""
REQUEST: Final = 25 * 1024 * 1024
"""Bytes of all files of one request."""
THREAD_NAME: Final = 100
EPOCH_MS: Final = 1_420_070_400_000
"""Ids count milliseconds from here, in their upper bits."""

PERMISSIONS: Final = {
    "View Channels": 1 << 10,
    "Send Messages": 1 << 11,
    "Send Messages in Threads": 1 << 38,
    "Create Public Threads": 1 << 35,
    "Embed Links": 1 << 14,
    "Attach Files": 1 << 15,
    "Read Message History": 1 << 16,
    "Add Reactions": 1 << 6,
}
"""What the bot needs in its channels, as Discord's settings call it, with the bit of the permissions integer."""
PERMISSIONS_INTEGER: Final = sum(PERMISSIONS.values())
VOICE_PERMISSIONS: Final = {"Connect": 1 << 20, "Speak": 1 << 21}
"""What it needs beside them where it talks in voice channels."""
ADMINISTRATOR: Final = 1 << 3

EPHEMERAL: Final = 1 << 6
COMPONENTS_V2: Final = 1 << 15

TOKEN_SECONDS: Final = 14 * 60.0
"""How long an interaction's token is used; Discord takes it for 15 minutes."""
FOLLOW_UPS: Final = 5
"""Messages by an interaction's token where only a person, and no server, installed the bot."""
LONG_MESSAGE: Final = 1900
"""Characters from which a message may have been split by the client, at 2,000."""
TRANSCRIPT: Final = 1_500
"""Characters of a transcript that stand above its answer."""

CAPABILITIES: Final = Capabilities(
    edit=True,
    delete=True,
    append=False,
    find=True,
    repeatable=False,  # a nonce is kept for some minutes only: older creates are looked up
    controls=True,
    divider=True,
    retry_in_place=True,
    several_people=True,
)
CREATES: Final = Budget(calls=5, seconds=5.0, reserve=2)
"""Per channel. Not documented: what bots observe; the headers of each answer correct it."""
EDITS: Final = Budget(calls=5, seconds=5.0, reserve=1, interval=1.25)
"""Per channel, all messages together. Likewise."""
DELETES: Final = Budget(calls=5, seconds=5.0)
TOKEN_CALLS: Final = Budget(calls=5, seconds=5.0, reserve=1, interval=1.25)
"""Per interaction token. Likewise."""


def timestamp(snowflake: str) -> float:
    """When an id was made, in seconds since the epoch; 0.0 for what is no id."""
    return ((int(snowflake) >> 22) + EPOCH_MS) / 1000.0 if snowflake.isdigit() else 0.0
