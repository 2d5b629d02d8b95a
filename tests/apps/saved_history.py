"""ChatInterface with `save_history`: the browser keeps earlier conversations, beside the chat."""

from __future__ import annotations

import gradio as gr
from support.model import transcript
from support.versions import MESSAGES


def answer(message: str, history: list) -> str:
    return f"{len(transcript(history))} before: {message}"


demo = gr.ChatInterface(answer, title="Kept", save_history=True, **MESSAGES)
