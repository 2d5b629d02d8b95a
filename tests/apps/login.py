"""ChatInterface behind a user and a password: ann and secret."""

from __future__ import annotations

import gradio as gr
from support.versions import MESSAGES

LAUNCH = {"auth": [("ann", "secret"), ("bob", "hidden")]}


def answer(message: str, history: list, request: gr.Request) -> str:
    return f"{request.username} said {message}"


demo = gr.ChatInterface(answer, **MESSAGES)
