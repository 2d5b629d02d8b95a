"""Blocks whose function answers with `gr.ChatMessage` objects and Markdown."""

from __future__ import annotations

import gradio as gr
from support.versions import MESSAGES


def respond(message: str, history: list):
    return "", [
        *history,
        gr.ChatMessage(role="user", content=message),
        gr.ChatMessage(role="assistant", content="**That's cool!**"),
    ]


with gr.Blocks() as demo:
    chatbot = gr.Chatbot(**MESSAGES)
    box = gr.Textbox(label="Say")
    box.submit(respond, [box, chatbot], [box, chatbot])
