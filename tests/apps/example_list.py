"""ChatInterface: plain examples that only fill the box (`run_examples_on_click=False`)."""

from __future__ import annotations

import gradio as gr
from support.versions import MESSAGES


def answer(message: str, history: list) -> str:
    return f"You asked: {message}"


demo = gr.ChatInterface(answer, examples=["How are you?", "What is new?"], run_examples_on_click=False, **MESSAGES)
