"""ChatInterface whose every word is meant to break out of the page that shows it."""

from __future__ import annotations

import gradio as gr
from support.versions import MESSAGES

from fakes.hostile import VECTORS


def answer(message: str, history: list):
    """ "texts", "thoughts" or "options": that part of a message, a message for each vector."""
    if message == "thoughts":
        return [
            {
                "role": "assistant",
                "content": vector,
                "metadata": {"title": vector, "status": "done", "log": vector, "duration": 1.0},
            }
            for vector in VECTORS
        ]
    if message == "options":
        options = [{"value": vector, "label": vector} for vector in VECTORS]
        return {"role": "assistant", "content": "Choose", "options": options}
    return [{"role": "assistant", "content": vector} for vector in VECTORS]


demo = gr.ChatInterface(
    answer,
    title="<img src=x onerror=alert(1)>",
    description="[click me](javascript:alert(1)) <svg onload=alert(1)>",
    examples=["<img src=x onerror=alert(1)>", "[click me](javascript:alert(1))"],
    chatbot=gr.Chatbot(placeholder="<svg onload=alert(1)>", **MESSAGES),
    textbox=gr.Textbox(placeholder='"><img src=x onerror=alert(1)>'),
    cache_examples=False,
    **MESSAGES,
)
