"""ChatInterface whose chatbot sets formulas between four kinds of signs and takes single line ends for spaces.

It repeats what it is told; what follows `html ` comes back as a component of that HTML.
"""

from __future__ import annotations

import gradio as gr
from support.versions import MESSAGES

DELIMITERS = [
    {"left": "$$", "right": "$$", "display": True},
    {"left": "\\[", "right": "\\]", "display": True},
    {"left": "$", "right": "$", "display": False},
    {"left": "\\(", "right": "\\)", "display": False},
]


def repeat(message: str, history: list):
    if message.startswith("html "):
        return gr.HTML(message.removeprefix("html "))
    return message


demo = gr.ChatInterface(
    repeat,
    chatbot=gr.Chatbot(latex_delimiters=DELIMITERS, line_breaks=False, **MESSAGES),
    **MESSAGES,
)
