"""ChatInterface on Hyperbolic's client: an asynchronous generator."""

from __future__ import annotations

import gradio as gr
from support.libraries import OpenAIShaped
from support.model import text_of
from support.versions import MESSAGES

client = OpenAIShaped()


async def answer(message: str, history: list):
    said = [{"role": entry["role"], "content": text_of(entry["content"])} for entry in history]
    text = ""
    for chunk in client.create(messages=[*said, {"role": "user", "content": message}]):
        text += chunk.choices[0].delta.content or ""
        yield text


demo = gr.ChatInterface(answer, title="Hyperbolic", description="An asynchronous model", **MESSAGES)
