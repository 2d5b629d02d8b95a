"""ChatInterface whose reply is more of one thing than most platforms take: the message says of what.

A stream waits before its last words, until `open`; `reached` returns once it does.
"""

from __future__ import annotations

import gradio as gr
from support.doors import Gate, expose
from support.files import notes
from support.versions import MESSAGES

WORDS = " ".join(f"word{number}" for number in range(11_200))
"""More than 100,000 characters."""
ROADS = ("along the river", "through the woods behind the church", "past the station")
LONG = [f"Take the road {way} and turn left where the old mill stands, before the second bridge." for way in ROADS]
"""More characters than a button has room for."""


gate = Gate()


def reached() -> bool:
    return gate.reached()


def let_go() -> bool:
    return gate.open()


def choice(options: list[tuple[str, str]]) -> dict:
    offered = [{"value": value, "label": label} for value, label in options]
    return {"role": "assistant", "content": "Choose one", "options": offered}


def answer(message: str, history: list):
    match message:
        case "words":
            yield WORDS
        case "stream":
            said = WORDS.split(" ")[:3000]
            for end in range(100, len(said), 100):
                yield " ".join(said[:end])
            gate.wait()
            yield " ".join(said)
        case "options":
            yield choice([(f"number {number}", f"Option {number}") for number in range(300)])
        case "labels":
            yield choice([*zip(ROADS, LONG, strict=True), ("home", "Stay at home")])
        case "files":
            yield [gr.File(notes(f"notes{number}.txt")) for number in range(11)]
        case _:
            yield f"You said: {message}"


demo = gr.ChatInterface(answer, **MESSAGES)
expose(demo, reached=reached, open=let_go)
