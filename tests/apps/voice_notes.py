"""ChatInterface, multimodal: takes pictures, photos and voice clips; likes.

The answer names each file with its kind and whether it holds anything. Progress is hidden, and the page neither
follows the end nor shows a button to send.
"""

from __future__ import annotations

import mimetypes
from pathlib import Path

import gradio as gr
from support.versions import MESSAGES


def answer(message: dict, history: list) -> str:
    files = [Path(path) for path in message["files"]]
    heard = [
        f"{(mimetypes.guess_type(file.name)[0] or '?').split('/')[0]} {file.stat().st_size > 500}"
        for file in files
    ]
    return "\n\n".join([f"said: {message['text']}", *heard, *(f"line {number}" for number in range(60))])


demo = gr.ChatInterface(
    answer,
    multimodal=True,
    textbox=gr.MultimodalTextbox(
        sources=["upload", "microphone"],
        file_types=["image", "audio"],
        file_count="multiple",
        autofocus=True,
        submit_btn=False,
    ),
    chatbot=gr.Chatbot(autoscroll=False, **MESSAGES),
    show_progress="hidden",
    flagging_mode="manual",
    **MESSAGES,
)
