"""What a terminal can do, and the numbers that hold there."""

from __future__ import annotations

from typing import Final

from trunkline.bridge import Budget, Capabilities

CAPABILITIES: Final = Capabilities(
    edit=True,
    delete=False,  # what has scrolled away stays
    find=False,  # a terminal forgets nothing and finds nothing: what is drawn again is drawn below
    repeatable=True,
    options=False,  # they are numbered
    controls=False,  # commands are typed, and always act on the newest turn
    retry_in_place=False,
    several_people=False,
)
REDRAW: Final = Budget(interval=0.04)
"""Of a screen: frames that nobody could tell apart are not drawn."""
UNPACED: Final = Budget()
"""Of a file or a pipe: every snapshot that comes is written."""

TICK_SECONDS: Final = 0.1
"""How often the clocks of a running reply move."""
WIDTH: Final = 100
"""Columns: longer lines are hard to read."""
FILE_BYTES: Final = 100 * 1024 * 1024
"""Largest file taken from the disk."""
TURNS_SHOWN: Final = 3
"""Turns of a stored conversation that are shown when it is opened."""
CONVERSATIONS: Final = 20
"""Conversations that /history lists."""
