"""ChatInterface whose one reply is several messages: text, ChatMessage, dictionary, component and file."""

from __future__ import annotations

import gradio as gr
from support.files import notes, picture
from support.model import transcript
from support.versions import MESSAGES


def answer(message: str, history: list):
    if message == "history":
        return " | ".join(transcript(history))
    return [
        "First, words.",
        gr.ChatMessage(content="Then a picture.", metadata={"title": "Thinking", "status": "done"}),
        gr.Image(picture("blue.png")),
        {"role": "assistant", "content": {"path": notes()}},
        {"role": "assistant", "content": "Anything else?", "options": [{"value": "no"}]},
    ]


demo = gr.ChatInterface(answer, **MESSAGES)
