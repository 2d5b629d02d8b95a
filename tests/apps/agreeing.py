"""ChatInterface: agrees and disagrees in turns, which it knows from the history alone."""

from __future__ import annotations

import gradio as gr
from support.versions import MESSAGES


def answer(message: str, history: list) -> str:
    answered = sum(1 for entry in history if entry["role"] == "assistant")
    return f"Yes, I do think that: {message}" if answered % 2 == 0 else "I don't think so"


demo = gr.ChatInterface(answer, **MESSAGES)
