"""Blocks chatbot whose function takes a slider whole, with its range, and not its value alone."""

from __future__ import annotations

import gradio as gr
from support.versions import MESSAGES


def respond(message: str, history: list, level: gr.Slider):
    answer = f"{message}: {level.value:g} of {level.maximum:g}"
    return [*history, {"role": "user", "content": message}, {"role": "assistant", "content": answer}], ""


with gr.Blocks() as demo:
    chatbot = gr.Chatbot(**MESSAGES)
    box = gr.Textbox()
    level = gr.Slider(0, 9, value=3, label="Level")
    box.submit(respond, [box, chatbot, level], [chatbot, box])
