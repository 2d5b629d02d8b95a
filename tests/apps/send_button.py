"""Blocks chatbot whose box has no `submit`: a button's click sends."""

from __future__ import annotations

import gradio as gr
from support.model import words
from support.versions import MESSAGES


def respond(message: str, history: list):
    for text in words(f"You clicked {message}"):
        yield [*history, {"role": "user", "content": message}, {"role": "assistant", "content": text}]


with gr.Blocks() as demo:
    chatbot = gr.Chatbot(**MESSAGES)
    box = gr.Textbox(label="Message")
    send = gr.Button("Send", variant="primary")
    send.click(respond, [box, chatbot], chatbot).then(lambda: "", None, box)
