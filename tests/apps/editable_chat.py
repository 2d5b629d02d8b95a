"""ChatInterface with `editable=True`: what was said can be changed and is answered again."""

from __future__ import annotations

import gradio as gr
from support.model import transcript, words
from support.versions import MESSAGES


def answer(message: str, history: list):
    yield from words(" | ".join([*transcript(history), f"now: {message}"]))


demo = gr.ChatInterface(answer, editable=True, **MESSAGES)
