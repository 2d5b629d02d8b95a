"""What a call can do, and the numbers that hold there."""

from __future__ import annotations

from typing import Final

from trunkline.bridge import Budget, Capabilities

CAPABILITIES: Final = Capabilities(
    edit=True,
    delete=False,  # what was said is said
    find=False,  # nothing stands anywhere: a create that is repeated goes on where the first one was
    repeatable=True,
    options=False,  # they are read out, numbered
    controls=False,
    files=False,  # the text side has them
)
UNPACED: Final = Budget()
"""Nothing is sent anywhere: a snapshot costs a function call."""

TICK_S: Final = 0.03
"""How often silence is fed and waits are looked at: the end of speech is heard that much later at most."""
IDLE_TICK_S: Final = 0.2
"""The same while nobody makes a sound and nothing is under way."""
QUIET_S: Final = 0.2
"""Without a packet for so long, somebody is silent. What only comes late by less has no hole in it; the end of
speech is not heard later for it, as all of the silence counts then."""
PIECE_S: Final = 0.1
"""Of sound that is handed over at once, so that what is stopped has not been handed over."""
UNDERSTANDING: Final = 8
"""Utterances that wait to be understood; more are not taken."""
CLOSING_S: Final = 5.0
"""So long the next question waits for the last turn's end, that the history may first lose what was not heard."""
STOP_WORD_S: Final = 2.5
"""Longer speech is not looked into for a word that stops, where the app hears for itself."""
RECORDED_S: Final = 600.0
"""Seconds of a spoken reply that are kept."""
UTTERANCE_BYTES: Final = 64 * 1024 * 1024
"""Largest recording that is put on the shelf."""
