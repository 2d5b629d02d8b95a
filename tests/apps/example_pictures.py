"""Blocks chatbot with a picture beside the box, and examples that fill both."""

from __future__ import annotations

import gradio as gr
from support.files import write
from support.versions import MESSAGES

from fakes.samples import png


def respond(picture, question: str, history: list):
    answer = f"{question} {picture.width}" if picture else f"{question} blind"
    return [*history, {"role": "user", "content": question}, {"role": "assistant", "content": answer}], ""


with gr.Blocks() as demo:
    chatbot = gr.Chatbot(**MESSAGES)
    picture = gr.Image(type="pil", label="Picture")
    box = gr.Textbox()
    gr.Examples([[write("small.png", png(width=5)), "How wide?"]], [picture, box])
    box.submit(respond, [picture, box, chatbot], [chatbot, box])
