"""ChatInterface served behind a proxy: its own addresses name a public host that we are not connected to."""

from __future__ import annotations

import gradio as gr
from support.files import picture
from support.versions import MESSAGES

LAUNCH = {"root_path": "https://chat.example.org/app"}


def answer(message: dict, history: list):
    return [f"{len(message['files'])} files", gr.Image(picture("red.png"))]


demo = gr.ChatInterface(answer, multimodal=True, **MESSAGES)
