"""ChatInterface inside Blocks: one additional input placed above by the author, one rendered under the chat."""

from __future__ import annotations

import gradio as gr
from support.versions import MESSAGES


def answer(message: str, history: list, system_prompt: str, tokens: float):
    response = f"System prompt: {system_prompt}\nMessage: {message}."
    for end in range(10, min(len(response), int(tokens)) + 10, 10):
        yield response[: min(end, int(tokens))]


with gr.Blocks() as demo:
    prompt = gr.Textbox("You are a helpful AI.", label="System Prompt")
    slider = gr.Slider(10, 100, value=100, label="Tokens", render=False)
    gr.ChatInterface(answer, additional_inputs=[prompt, slider], **MESSAGES)
