"""Blocks whose answer follows no `then`: submit changes a state, and the state's `change` answers."""

from __future__ import annotations

import gradio as gr
from support.model import words
from support.versions import MESSAGES


def user(message: str, history: list):
    return "", [*history, {"role": "user", "content": message}], message


def bot(asked: str, history: list):
    for text in words(f"State changed to {asked}"):
        yield [*history, {"role": "assistant", "content": text}]


with gr.Blocks() as demo:
    asked = gr.State("")
    chatbot = gr.Chatbot(**MESSAGES)
    box = gr.Textbox()
    box.submit(user, [box, chatbot], [box, chatbot, asked], queue=False)
    asked.change(bot, [asked, chatbot], chatbot)
