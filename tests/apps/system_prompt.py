"""ChatInterface with additional inputs in its own accordion: a system prompt and how much to say, streamed."""

from __future__ import annotations

import gradio as gr
from support.versions import MESSAGES


def answer(message: str, history: list, system_prompt: str, tokens: float):
    response = f"System prompt: {system_prompt}\nMessage: {message}."
    for end in range(1, min(len(response), int(tokens)) + 1):
        yield response[:end]


demo = gr.ChatInterface(
    answer,
    additional_inputs=[
        gr.Textbox("You are a helpful AI.", label="System Prompt", lines=3),
        gr.Slider(10, 100, value=60, step=5, label="Tokens"),
    ],
    **MESSAGES,
)
