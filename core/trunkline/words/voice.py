"""What is said of calls."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

VOICE: Final[Mapping[str, str]] = {
    "call_broke_off": "The call broke off: something went wrong here. Start it again.",
    "call_deaf": "This app only reads, and nothing here turns speech into text: set speech.to_text first.",
    "call_full": "Too many people are talking here at once: try again in a few minutes, or write.",
    "call_mute": "Replies are written only: nothing here turns text into speech (speech.from_text).",
    "call_no_sound": "There is no sound in the reply.",
    "call_no_wake": "All that is said is answered: nobody can tell by name who is called without speech.to_text.",
    "call_twice": "This call is held already.",
}
