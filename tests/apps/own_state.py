"""Blocks chatbot that keeps what it knows in a `gr.State` of its own: nobody outside can restore it."""

from __future__ import annotations

import gradio as gr
from support.model import transcript
from support.versions import MESSAGES


def respond(message: str, history: list, known: list):
    known = [*known, message]
    reply = f"known: {', '.join(known)}; shown: {len(transcript(history))}"
    said = [{"role": "user", "content": message}, {"role": "assistant", "content": reply}]
    return "", [*history, *said], known


with gr.Blocks() as demo:
    known = gr.State([])
    chatbot = gr.Chatbot(**MESSAGES)
    box = gr.Textbox()
    box.submit(respond, [box, chatbot, known], [box, chatbot, known])
