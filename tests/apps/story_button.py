"""Blocks chatbot with a button that fills a hidden JSON, from where the chatbot takes its messages."""

from __future__ import annotations

import gradio as gr
from support.model import transcript
from support.versions import MESSAGES

STORY = [
    {"role": "user", "content": "Do you know Ann?"},
    {"role": "assistant", "content": "I do."},
]


def respond(message: str, history: list):
    answer = " | ".join([*transcript(history), message])
    return [*history, {"role": "user", "content": message}, {"role": "assistant", "content": answer}], ""


with gr.Blocks() as demo:
    chatbot = gr.Chatbot(**MESSAGES)
    box = gr.Textbox()
    stored = gr.JSON(visible=False)
    box.submit(respond, [box, chatbot], [chatbot, box])
    gr.Button("Tell the story").click(lambda: STORY, None, stored)
    stored.change(lambda messages: messages, stored, chatbot)
