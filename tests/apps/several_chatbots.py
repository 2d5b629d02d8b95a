"""Blocks with two chatbots, each with a box of its own: `left` shouts, `right` whispers."""

from __future__ import annotations

import gradio as gr
from support.versions import MESSAGES


def shout(message: str, history: list):
    said = [{"role": "user", "content": message}, {"role": "assistant", "content": message.upper()}]
    return "", [*history, *said]


def whisper(message: str, history: list):
    said = [{"role": "user", "content": message}, {"role": "assistant", "content": message.lower()}]
    return "", [*history, *said]


with gr.Blocks() as demo:
    with gr.Tab("One"):
        loud = gr.Chatbot(label="Loud", **MESSAGES)
        loud_box = gr.Textbox(label="Shout")
        loud_box.submit(shout, [loud_box, loud], [loud_box, loud], api_name="shout")
    with gr.Tab("Two"):
        quiet = gr.Chatbot(label="Quiet", **MESSAGES)
        quiet_box = gr.Textbox(label="Whisper")
        quiet_box.submit(whisper, [quiet_box, quiet], [quiet_box, quiet], api_name="whisper")
