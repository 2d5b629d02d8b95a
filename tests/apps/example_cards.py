"""ChatInterface, multimodal: examples with labels, icons and files, not cached."""

from __future__ import annotations

import gradio as gr
from support.files import notes, picture
from support.model import transcript
from support.versions import MESSAGES


def answer(message: dict, history: list) -> str:
    return f"{message['text']!r} with {len(message['files'])} files after {len(transcript(history))}"


demo = gr.ChatInterface(
    answer,
    multimodal=True,
    examples=[
        {"text": "What is red?", "files": [picture("red.png")]},
        {"text": "Compare them", "files": [picture("green.png"), notes()]},
        {"text": "Just words", "files": []},
    ],
    example_labels=["Red", "Two files", "Words"],
    example_icons=[picture("red.png"), picture("green.png"), picture("blue.png")],
    **MESSAGES,
)
