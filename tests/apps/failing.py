"""ChatInterface that fails in the way the message names; any other message shows the history."""

from __future__ import annotations

import gradio as gr
from support.model import transcript
from support.versions import MESSAGES


def answer(message: str, history: list):
    # "goodbye" can be said aloud by a recording of a person's.
    if message in {"early", "goodbye"}:
        raise gr.Error("The model is out of tokens.")
    if message == "midway":
        yield "So far"
        yield "So far so good"
        raise gr.Error("The model fell asleep.", title="Sleepy")
    if message == "plain":
        yield "It begins"
        raise ValueError("a secret of the app's")
    if message == "nothing":
        return
    if message == "invalid":
        yield {"role": "assistant", "content": {"neither": "text", "nor": "file"}}
    else:
        yield " | ".join([*transcript(history), message])


demo = gr.ChatInterface(answer, **MESSAGES)
