"""Blocks whose box and events are made by `gr.render` when the page loads."""

from __future__ import annotations

import gradio as gr
from support.versions import MESSAGES


def respond(message: str, history: list):
    said = [{"role": "user", "content": message}, {"role": "assistant", "content": f"Rendered {message}"}]
    return "", [*history, *said]


with gr.Blocks() as demo:
    chatbot = gr.Chatbot(**MESSAGES)

    @gr.render()
    def controls():
        box = gr.Textbox(label="Late")
        box.submit(respond, [box, chatbot], [box, chatbot])
