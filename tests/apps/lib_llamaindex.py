"""ChatInterface on a LlamaIndex query engine: answers from documents."""

from __future__ import annotations

import gradio as gr
from support.libraries import Index
from support.versions import MESSAGES

index = Index(["Cats sleep most of the day", "Dogs like long walks", "Fish never blink"])


def answer(message: str, history: list) -> str:
    return index.query(message)


demo = gr.ChatInterface(
    answer, chatbot=gr.Chatbot(height=300, **MESSAGES), examples=["What do dogs like?"], **MESSAGES
)
