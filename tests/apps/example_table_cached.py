"""ChatInterface: examples that also set additional inputs, cached at launch. `asked` lists the calls."""

from __future__ import annotations

import gradio as gr
from support.doors import Record, expose
from support.versions import MESSAGES

calls = Record()


def answer(message: str, history: list, manner: str) -> str:
    calls.add(f"{message}/{manner}")
    return f"{manner}: {message}"


def asked() -> list:
    return calls.entries()


demo = gr.ChatInterface(
    answer,
    additional_inputs=[gr.Dropdown(["calm", "loud"], value="calm", label="Manner")],
    examples=[["Hello", "loud"], ["Good night", "calm"]],
    cache_examples=True,
    cache_mode="eager",
    **MESSAGES,
)
expose(demo, asked=asked)
