"""ChatInterface: the smallest there is, a function that answers Yes or No by the length of the message."""

from __future__ import annotations

import gradio as gr
from support.versions import MESSAGES


def answer(message: str, history: list) -> str:
    return "Yes" if len(message) % 2 == 0 else "No"


demo = gr.ChatInterface(answer, **MESSAGES)
