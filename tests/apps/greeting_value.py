"""ChatInterface whose chatbot starts with messages of its own, a choice among them."""

from __future__ import annotations

import gradio as gr
from support.model import transcript
from support.versions import MESSAGES

GREETING = [
    {"role": "assistant", "content": "Welcome! I am **Ann**."},
    {"role": "assistant", "content": "What shall we do?", "options": [{"value": "sing"}, {"value": "dance"}]},
]


def answer(message: str, history: list) -> str:
    return " | ".join([*transcript(history), message])


demo = gr.ChatInterface(answer, chatbot=gr.Chatbot(GREETING, **MESSAGES), **MESSAGES)
