"""ChatInterface with a `gr.State` of the author's as additional input, renewed when the chat is cleared."""

from __future__ import annotations

import itertools

import gradio as gr
from support.versions import MESSAGES

serial = itertools.count(1)


def fresh() -> str:
    return f"id {next(serial)}"


def answer(message: str, history: list, session: str) -> str:
    return f"{message} with {session}"


with gr.Blocks() as demo:
    session = gr.State("id 0")
    chatbot = gr.Chatbot(**MESSAGES)
    chatbot.clear(fresh, outputs=[session])
    gr.ChatInterface(answer, additional_inputs=[session], chatbot=chatbot, **MESSAGES)
