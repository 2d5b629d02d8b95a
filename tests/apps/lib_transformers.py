"""ChatInterface on a transformers model: one prompt, generated on a thread, read from its streamer."""

from __future__ import annotations

import gradio as gr
from support.libraries import IteratorStreamer
from support.model import text_of
from support.versions import MESSAGES


def answer(message: str, history: list):
    said = [*history, {"role": "user", "content": message}]
    prompt = "".join(f"<{entry['role']}>{text_of(entry['content'])}" for entry in said)
    streamer = IteratorStreamer()
    thread = streamer.start(prompt)
    text = ""
    for piece in streamer:
        text += piece
        yield text
    thread.join()


demo = gr.ChatInterface(answer, **MESSAGES)
