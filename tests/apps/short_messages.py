"""ChatInterface whose box takes at most 20 characters. `asked` lists what reached the function."""

from __future__ import annotations

import gradio as gr
from support.doors import Record, expose
from support.versions import MESSAGES

calls = Record()


def answer(message: str, history: list) -> str:
    calls.add(message)
    return f"Short: {message}"


def asked() -> list:
    return calls.entries()


demo = gr.ChatInterface(answer, textbox=gr.Textbox(max_length=20, placeholder="Be brief"), **MESSAGES)
expose(demo, asked=asked)
