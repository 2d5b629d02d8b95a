"""ChatInterface, multimodal: counts the pictures of this message and of those before."""

from __future__ import annotations

import gradio as gr
from support.model import transcript
from support.versions import MESSAGES


def answer(message: dict, history: list) -> str:
    before = sum(1 for line in transcript(history) if line.startswith("user: <file "))
    return f"{len(message['files'])} pictures now, {before + len(message['files'])} in all"


demo = gr.ChatInterface(
    answer,
    multimodal=True,
    textbox=gr.MultimodalTextbox(file_count="multiple", file_types=["image"], sources=["upload"]),
    examples=[{"text": "No files", "files": []}],
    **MESSAGES,
)
