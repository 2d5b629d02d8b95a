"""ChatInterface whose chatbot starts with a message of the system, which is never shown, before its greeting."""

from __future__ import annotations

import gradio as gr
from support.model import transcript
from support.versions import MESSAGES

BEGIN = [
    {"role": "system", "content": "Speak in rhymes."},
    {"role": "assistant", "content": "Good day."},
]


def answer(message: str, history: list) -> str:
    return " | ".join([*transcript(history), message])


demo = gr.ChatInterface(answer, chatbot=gr.Chatbot(BEGIN, **MESSAGES), **MESSAGES)
