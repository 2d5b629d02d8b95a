"""ChatInterface that streams two words, waits to be let on, then streams two more.

`reached` returns once it waits; `open` lets it on; `likes` lists the feedback.
"""

from __future__ import annotations

import gradio as gr
from support.doors import Gate, Record, expose
from support.model import text_of, transcript
from support.versions import MESSAGES

gate = Gate()
record = Record()


def answer(message: str, history: list):
    yield "one"
    yield "one two"
    gate.wait()
    yield "one two three"
    yield f"one two three four, after {len(transcript(history))}"


def reached() -> bool:
    return gate.reached()


def let_go() -> bool:
    return gate.open()


def like(data: gr.LikeData) -> None:
    record.add([data.index, text_of(data.value), data.liked])


def likes() -> list:
    return record.entries()


demo = gr.ChatInterface(answer, **MESSAGES)
with demo:
    demo.chatbot.like(like, None, None)
expose(demo, reached=reached, open=let_go, likes=likes)
