"""Replies that grow, snapshot by snapshot."""

from __future__ import annotations

from collections.abc import Sequence

from fakes.backend import reply
from trunkline.messages import Reply

Steps = Sequence[tuple[float, str, Reply]]
"""Seconds after the last one, what is noted of it, and the snapshot."""


def running(text: str) -> Reply:
    return reply(text, state="running")


def growing(seconds: float, every: float = 0.5, word: str = "word") -> list[tuple[float, str, Reply]]:
    """Snapshots of a reply that grows by a word each time, and its final."""
    count = int(seconds / every)
    texts = [" ".join(f"{word}{n}" for n in range(length)) for length in range(1, count + 1)]
    steps = [(every, f"app: … {text.split()[-1]}", running(text)) for text in texts]
    return [*steps, (0.0, "app: final", reply(texts[-1]))]
