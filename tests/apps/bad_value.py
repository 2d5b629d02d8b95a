"""Blocks chatbot whose answer is no valid history."""

from __future__ import annotations

import gradio as gr
from support.versions import MESSAGES


def respond(message: str, history: list):
    return [{"role": "user"}, {"content": "no role"}]


with gr.Blocks() as demo:
    chatbot = gr.Chatbot(**MESSAGES)
    box = gr.Textbox()
    box.submit(respond, [box, chatbot], [chatbot])
