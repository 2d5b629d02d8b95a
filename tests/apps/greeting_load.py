"""Blocks chatbot that greets when the page loads, and prepares a state the answers need. `loads` counts."""

from __future__ import annotations

import gradio as gr
from support.doors import Record, expose
from support.model import transcript
from support.versions import MESSAGES

record = Record()


def greet():
    record.add("load")
    return [{"role": "assistant", "content": "Good day. Ask me."}], "ready"


def respond(message: str, history: list, state: str):
    reply = f"{state}: " + " | ".join([*transcript(history), message])
    return "", [*history, {"role": "user", "content": message}, {"role": "assistant", "content": reply}]


def loads() -> int:
    return record.count()


with gr.Blocks() as demo:
    state = gr.State("not ready")
    chatbot = gr.Chatbot(**MESSAGES)
    box = gr.Textbox()
    box.submit(respond, [box, chatbot, state], [box, chatbot])
    demo.load(greet, None, [chatbot, state])
expose(demo, loads=loads)
