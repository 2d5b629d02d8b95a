"""ChatInterface on an OpenAI client: the history goes along as it is, the deltas are put together."""

from __future__ import annotations

import gradio as gr
from support.libraries import OpenAIShaped
from support.versions import MESSAGES

client = OpenAIShaped()


def answer(message: str, history: list):
    text = ""
    for chunk in client.create(messages=[*history, {"role": "user", "content": message}]):
        if chunk.choices[0].delta.content is not None:
            text += chunk.choices[0].delta.content
            yield text


demo = gr.ChatInterface(answer, **MESSAGES)
