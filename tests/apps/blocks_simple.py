"""Blocks, the guide's first: one `respond` that takes and gives the whole history, with a Clear button."""

from __future__ import annotations

import gradio as gr
from support.model import transcript
from support.versions import MESSAGES

MOODS = ("How are you?", "Today is a great day", "I'm very hungry")


def respond(message: str, history: list):
    reply = MOODS[len(transcript(history)) // 2 % len(MOODS)]
    said = [{"role": "user", "content": message}, {"role": "assistant", "content": reply}]
    return "", [*history, *said]


with gr.Blocks() as demo:
    chatbot = gr.Chatbot(**MESSAGES)
    box = gr.Textbox()
    gr.ClearButton([box, chatbot])
    box.submit(respond, [box, chatbot], [box, chatbot])
