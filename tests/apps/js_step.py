"""Blocks chatbot whose message passes through JavaScript on its way: a page is needed to run it."""

from __future__ import annotations

import gradio as gr
from support.versions import MESSAGES


def respond(message: str, history: list):
    said = [{"role": "user", "content": message}, {"role": "assistant", "content": f"Got {message}"}]
    return "", [*history, *said]


with gr.Blocks() as demo:
    chatbot = gr.Chatbot(**MESSAGES)
    box = gr.Textbox()
    box.submit(respond, [box, chatbot], [box, chatbot], js="(text, chat) => [text.toUpperCase(), chat]")
