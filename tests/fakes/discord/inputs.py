"""Settings of every kind that an app may have, and what stands in a form that was opened for them."""

from __future__ import annotations

from typing import Any

from trunkline.backend import AppInput, AppProfile, Choice

COLOURS = tuple(Choice(name.title(), name) for name in ("red", "green", "blue"))
MANY = tuple(Choice(f"City {n}", n) for n in range(300))
WORDS = tuple(Choice(f"word {n}", f"w{n}") for n in range(20))

INPUTS = (
    AppInput(1, "tone", "Tone", "text", "plain", info="How it talks", max_length=100),
    AppInput(2, "story", "Story", "text", "", lines=6),
    AppInput(3, "count", "Count", "number", 3),
    AppInput(4, "heat", "Heat", "slider", 0.5, minimum=0, maximum=2, step=0.1, info="More is wilder"),
    AppInput(5, "loud", "Loud", "checkbox", False),
    AppInput(6, "colour", "Colour", "radio", "red", COLOURS),
    AppInput(7, "word", "Word", "dropdown", "w3", WORDS),
    AppInput(8, "tags", "Tags", "multiselect", ["red"], COLOURS),
    AppInput(9, "more", "More", "multiselect", [], WORDS),
    AppInput(10, "city", "City", "dropdown", 7, MANY),
    AppInput(11, "day", "Day", "date", "2026-01-02 03:04:05"),
    AppInput(12, "paint", "Paint", "color", "#ff0000"),
    AppInput(13, "data", "Data", "json", {"a": 1}),
    AppInput(14, "paper", "Paper", "file", None, file_types=(".txt",)),
    AppInput(15, "papers", "Papers", "file", None, many=True),
    AppInput(16, "free", "Free", "dropdown", "red", COLOURS, allow_custom=True),
    AppInput(17, "hidden", "Hidden", "text", "", visible=False),
)
PROFILE = AppProfile("demo", "http://app", "6", "chat_interface", "injected", title="Demo", inputs=INPUTS)


def field_of(form: Any, label: str) -> dict[str, Any]:
    return next(item["component"] for item in form["components"] if item["label"] == label)


def item_of(form: Any, label: str) -> dict[str, Any]:
    return next(item for item in form["components"] if item["label"] == label)
