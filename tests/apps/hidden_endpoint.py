"""ChatInterface whose public endpoint is hidden: no client library can call it."""

from __future__ import annotations

import gradio as gr
from support.model import transcript
from support.versions import HIDDEN, MESSAGES


def answer(message: str, history: list) -> str:
    return f"Hidden: {message} after {len(transcript(history))}"


demo = gr.ChatInterface(answer, **HIDDEN, **MESSAGES)
