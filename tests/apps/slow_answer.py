"""ChatInterface on a function that is no generator: it cannot be stopped while it works.

It works until `open` lets it; `reached` returns once it does. `done` counts the answers it made, `answered` waits
for so many.
"""

from __future__ import annotations

import gradio as gr
from support.doors import Gate, Record, expose
from support.model import transcript
from support.versions import MESSAGES

gate = Gate()
answers = Record()


def answer(message: str, history: list) -> str:
    if message != "quick":
        gate.wait()
    answers.add(message)
    return f"At last, {message} after {len(transcript(history))}"


def reached() -> bool:
    return gate.reached()


def let_go() -> bool:
    return gate.open()


def done() -> int:
    return answers.count()


def answered(count: int) -> bool:
    return answers.reach(count)


demo = gr.ChatInterface(answer, **MESSAGES)
expose(demo, reached=reached, open=let_go, done=done, answered=answered)
