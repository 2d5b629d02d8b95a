"""ChatInterface, multimodal, launched with a limit for uploads: a thousand bytes a file."""

from __future__ import annotations

import gradio as gr
from support.versions import MESSAGES

LAUNCH = {"max_file_size": 1000}


def answer(message: dict, history: list) -> str:
    return f"{len(message['files'])} files"


demo = gr.ChatInterface(answer, multimodal=True, **MESSAGES)
