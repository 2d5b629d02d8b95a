"""ChatInterface with a validator that refuses short messages. `asked` lists what reached the function."""

from __future__ import annotations

import gradio as gr
from support.doors import Record, expose
from support.versions import MESSAGES

calls = Record()


def long_enough(message: str):
    return gr.validate(len(message) >= 4, "Say at least four letters")


def answer(message: str, history: list):
    calls.add(message)
    yield f"Fine: {message}"


def asked() -> list:
    return calls.entries()


demo = gr.ChatInterface(answer, validator=long_enough, **MESSAGES)
expose(demo, asked=asked)
