"""Blocks chatbot that puts a message of the system before the first message, and never shows it."""

from __future__ import annotations

import gradio as gr
from support.model import transcript
from support.versions import MESSAGES


def respond(message: str, history: list):
    begun = history or [{"role": "system", "content": "Be brief."}]
    answer = " | ".join([*transcript(begun), message])
    return "", [*begun, {"role": "user", "content": message}, {"role": "assistant", "content": answer}]


with gr.Blocks() as demo:
    chatbot = gr.Chatbot(**MESSAGES)
    box = gr.Textbox()
    box.submit(respond, [box, chatbot], [box, chatbot])
