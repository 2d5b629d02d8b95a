"""ChatInterface, streaming: examples cached when first used, by anybody. `asked` lists the calls."""

from __future__ import annotations

import gradio as gr
from support.doors import Record, expose
from support.model import words
from support.versions import MESSAGES

calls = Record()


def answer(message: str, history: list):
    calls.add(message)
    yield from words(f"The answer to {message} is long")


def asked() -> list:
    return calls.entries()


demo = gr.ChatInterface(answer, examples=["one", "two"], cache_examples=True, cache_mode="lazy", **MESSAGES)
expose(demo, asked=asked)
