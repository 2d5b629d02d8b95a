"""Blocks chatbot that reads a picture as soon as it is put beside the box, and answers from its notes."""

from __future__ import annotations

import gradio as gr
from support.versions import MESSAGES


def read(picture) -> str:
    return f"{picture.width} wide" if picture else "nothing"


def respond(question: str, history: list, notes: str):
    answer = f"{question}: {notes}"
    return [*history, {"role": "user", "content": question}, {"role": "assistant", "content": answer}], ""


with gr.Blocks() as demo:
    notes = gr.State("nothing")
    chatbot = gr.Chatbot(**MESSAGES)
    picture = gr.Image(type="pil", label="Picture")
    box = gr.Textbox()
    picture.upload(read, picture, notes)
    box.submit(respond, [box, chatbot, notes], [chatbot, box])
