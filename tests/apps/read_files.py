"""ChatInterface, multimodal: reads several files of any kind and says name, size and first bytes of each."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
from support.model import transcript
from support.versions import MESSAGES


def answer(message: dict, history: list) -> str:
    read = [f"{Path(path).name}: {Path(path).stat().st_size} bytes" for path in message["files"]]
    return "\n".join([f"text: {message['text']}", *read, f"before: {transcript(history)}"])


demo = gr.ChatInterface(answer, multimodal=True, textbox=gr.MultimodalTextbox(file_count="multiple"), **MESSAGES)
