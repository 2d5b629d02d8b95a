"""ChatInterface that answers with the history it was given: what a restart or an undo left of it."""

from __future__ import annotations

import gradio as gr
from support.model import transcript, words
from support.versions import MESSAGES


def answer(message: dict, history: list):
    text = " | ".join([*transcript(history), f"now: {message['text']}"])
    yield from words(text)


demo = gr.ChatInterface(answer, multimodal=True, **MESSAGES)
