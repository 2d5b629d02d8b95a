"""ChatInterface whose reply is more of one thing than most platforms take: the message says of what."""

from __future__ import annotations

import gradio as gr
from support.files import notes
from support.versions import MESSAGES

WORDS = " ".join(f"word{number}" for number in range(11_200))
"""More than 100,000 characters."""


def answer(message: str, history: list):
    match message:
        case "words":
            return WORDS
        case "options":
            options = [{"value": f"number {number}", "label": f"Option {number}"} for number in range(300)]
            return {"role": "assistant", "content": "Choose one", "options": options}
        case "files":
            return [gr.File(notes(f"notes{number}.txt")) for number in range(11)]
        case _:
            return f"You said: {message}"


demo = gr.ChatInterface(answer, **MESSAGES)
