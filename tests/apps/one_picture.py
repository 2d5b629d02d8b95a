"""ChatInterface, multimodal, that takes one PNG or one sound and no more, and the microphone.

`asked` lists the files that reached the function.
"""

from __future__ import annotations

from pathlib import Path

import gradio as gr
from support.doors import Record, expose
from support.versions import MESSAGES

calls = Record()


def answer(message: dict, history: list) -> str:
    calls.add([Path(path).name for path in message["files"]])
    return f"{len(message['files'])} file"


def asked() -> list:
    return calls.entries()


demo = gr.ChatInterface(
    answer,
    multimodal=True,
    textbox=gr.MultimodalTextbox(
        file_count="single", file_types=[".png", "audio"], sources=["upload", "microphone"]
    ),
    **MESSAGES,
)
expose(demo, asked=asked)
