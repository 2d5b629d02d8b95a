"""ChatInterface, streaming: a generator that types what it was told, letter by letter."""

from __future__ import annotations

import gradio as gr
from support.versions import MESSAGES


def echo(message: str, history: list):
    for end in range(1, len(message) + 1):
        yield "You typed: " + message[:end]


demo = gr.ChatInterface(echo, **MESSAGES)
