"""ChatInterface on SambaNova's client: multimodal box, a system prompt and figures as additional inputs."""

from __future__ import annotations

import gradio as gr
from support.libraries import OpenAIShaped
from support.versions import MESSAGES

client = OpenAIShaped()


def answer(message: dict, history: list, system: str, temperature: float):
    start = [{"role": "system", "content": system}] if system else []
    text = f"[{temperature}] "
    for chunk in client.create(messages=[*start, *history, {"role": "user", "content": message["text"]}]):
        text += chunk.choices[0].delta.content or ""
        yield text


demo = gr.ChatInterface(
    answer,
    multimodal=True,
    additional_inputs=[
        gr.Textbox(label="System prompt"),
        gr.Slider(0, 2, value=0.5, step=0.5, label="Temperature"),
    ],
    **MESSAGES,
)
