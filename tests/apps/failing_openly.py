"""As `failing`, but launched with `show_error=True`: the text of any exception reaches the page."""

from __future__ import annotations

import gradio as gr
from support.versions import MESSAGES

LAUNCH = {"show_error": True}


def answer(message: str, history: list) -> str:
    raise ValueError("no such animal")


demo = gr.ChatInterface(answer, **MESSAGES)
