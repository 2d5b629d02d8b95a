"""ChatInterface that returns a component of the kind that the message names.

A bokeh plot cannot be shown on 5.49.1: its chatbot copies what it shows, which bokeh's figures do not bear.
"""

from __future__ import annotations

import gradio as gr
from support.kinds import KINDS
from support.versions import MESSAGES


def answer(message: str, history: list):
    if message == "history":
        return f"{len(history)} messages before"
    return KINDS[message]()


demo = gr.ChatInterface(answer, **MESSAGES)
