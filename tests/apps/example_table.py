"""ChatInterface: examples that also set additional inputs, in a table under the chat, not cached."""

from __future__ import annotations

import gradio as gr
from support.versions import MESSAGES


def answer(message: str, history: list, manner: str, times: float) -> str:
    return f"{manner}: " + " ".join([message] * int(times))


demo = gr.ChatInterface(
    answer,
    additional_inputs=[
        gr.Dropdown(["calm", "loud"], value="calm", label="Manner"),
        gr.Slider(1, 5, value=1, step=1, label="Times"),
    ],
    examples=[["Hello", "loud", 2], ["Good night", "calm", 3], ["Well", None, None]],
    **MESSAGES,
)
