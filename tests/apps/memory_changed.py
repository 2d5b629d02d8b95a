"""`memory` as it might be after a redeploy: other ids, one more additional input, another first word."""

from __future__ import annotations

import gradio as gr
from support.model import transcript, words
from support.versions import MESSAGES


def answer(message: dict, history: list, manner: str):
    yield from words(" | ".join([manner, *transcript(history), f"now: {message['text']}"]))


with gr.Blocks() as demo:
    gr.Markdown("One component more")
    gr.Textbox(label="And another")
    gr.ChatInterface(answer, multimodal=True, additional_inputs=[gr.Textbox("new", label="Manner")], **MESSAGES)
