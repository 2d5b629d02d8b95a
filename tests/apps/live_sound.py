"""Blocks chatbot that speaks its answer while it makes it, into a sound that streams."""

from __future__ import annotations

import gradio as gr
from support.versions import MESSAGES

from fakes.samples import wav


def respond(message: str, history: list):
    said = [*history, {"role": "user", "content": message}]
    for word in ("One", "One two"):
        yield [*said, {"role": "assistant", "content": word}], wav(1000)


with gr.Blocks() as demo:
    chatbot = gr.Chatbot(**MESSAGES)
    box = gr.Textbox()
    sound = gr.Audio(streaming=True, autoplay=True, label="Voice")
    box.submit(respond, [box, chatbot], [chatbot, sound])
