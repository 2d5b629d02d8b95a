"""The conversation that `/preview` shows when no other is chosen: something of all that a reply can hold. Pure."""

from __future__ import annotations

import struct
import zlib
from typing import Final

from trunkline.backend import AppProfile, Feedback
from trunkline.bridge import TurnView
from trunkline.messages import Artifact, Inline, Media, Message, Option, Part, Reply, Text, Thought

_WIDTH, _HEIGHT = 480, 270
_SKY: Final = ((255, 196, 120), (92, 84, 190))
_SEA: Final = ((64, 92, 170), (20, 28, 72))

_TABLE: Final = """Three quiet places within an hour by train:

| Place | Train | Best in |
|---|---:|---|
| Alder Bay | 35 min | **June** |
| Sandholm | 48 min | July |
| The Reeds | 55 min | September |

- [x] All three have a *beach without cars*
- [ ] Sandholm takes dogs from October only
"""
_CODE: Final = """This asks the timetable for you:

```python
def next_train(stops: list[Stop], now: time) -> Stop | None:
    return min((s for s in stops if s.leaves >= now), default=None)
```

Replace `now` by any time, say `time(17, 30)`. The fare is $p = 4 + 0.12\\,d$ for $d$ kilometres."""


def sample_profile() -> AppProfile:
    return AppProfile(
        name="sample",
        url="http://sample.invalid",
        version="6.0",
        mode="chat_interface",
        history="injected",
        title="Coast guide",
        description="Knows every beach within an hour.",
        feedback=Feedback(like=True, dislike=True),
        latex_delimiters=(("$$", "$$", True), ("$", "$", False)),
    )


def sample_turns(now: float) -> tuple[TurnView, ...]:
    """Four turns that ended in the last minutes before `now`, the last of them badly."""
    return (
        _turn(
            1,
            now - 420,
            "Where can I swim this weekend?",
            _thoughtful(),
            Text(_TABLE),
            options=("Alder Bay", "Sandholm"),
        ),
        _turn(2, now - 300, "Alder Bay", Text("At seven in the evening it looks like this:"), _picture()),
        _turn(
            3,
            now - 180,
            "And how do I find the next train there? I write Python.",
            Text(_CODE),
            artifacts=(_timetable(),),
            options=("Book a seat", "Show me the way back"),
        ),
        _turn(4, now - 60, "Book a seat", error="The booking service did not answer. Try again."),
    )


def _turn(
    number: int,
    at: float,
    said: str,
    *parts: Part,
    options: tuple[str, ...] = (),
    artifacts: tuple[Artifact, ...] = (),
    error: str = "",
) -> TurnView:
    messages = (Message("assistant", parts, tuple(Option(option) for option in options)),) if parts else ()
    reply = Reply(messages, artifacts, state="failed" if error else "final", error=error)
    return TurnView(number, "failed" if error else "delivered", Message("user", (Text(said),)), reply, at)


def _thoughtful() -> Thought:
    searching = Thought("Search the timetable", (Text("Line 7 and line 12 reach the coast."),), duration=0.8)
    weather = Thought(
        "Ask for the weather", (Text("Saturday 24 °C, light wind."),), duration=1.1, log="GET /forecast"
    )
    return Thought("Plan the trip", (searching, weather), duration=2.3)


def _picture() -> Media:
    return Media(
        "image",
        Inline(_sunset()),
        name="alder-bay.png",
        mime="image/png",
        alt="The sun sets over a calm sea",
        caption="Alder Bay, looking west",
    )


def _timetable() -> Artifact:
    rows = [
        ["17:02", "Central", "Alder Bay"],
        ["17:32", "Central", "Alder Bay"],
        ["18:02", "Central", "Alder Bay"],
    ]
    return Artifact("table", "Departures", {"headers": ["Leaves", "From", "To"], "data": rows})


def _sunset() -> bytes:
    """A picture of a few kilobytes: sky, sun and sea."""
    rows = (b"\0" + bytes(part for x in range(_WIDTH) for part in _pixel(x, y)) for y in range(_HEIGHT))
    header = struct.pack(">IIBBBBB", _WIDTH, _HEIGHT, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(rows), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _pixel(x: int, y: int) -> tuple[int, ...]:
    horizon = _HEIGHT * 6 // 10
    if y < horizon:
        if (x - _WIDTH // 2) ** 2 + (y - horizon + 8) ** 2 < 46**2:
            return (255, 236, 190)
        top, bottom, share = _SKY[1], _SKY[0], y / horizon
    else:
        glitter = abs(x - _WIDTH // 2) < 44 - (y - horizon) // 4 and y % 9 < 4
        top, bottom, share = _SKY[0] if glitter else _SEA[0], _SEA[1], (y - horizon) / (_HEIGHT - horizon)
    return tuple(round(a + (b - a) * share) for a, b in zip(top, bottom, strict=True))


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
