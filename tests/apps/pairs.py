"""ChatInterface as 5.49.1 makes it when no type is named: history in pairs, files as tuples. On 6: messages.

`histories` lists what the function saw, in the shape it came.
"""

from __future__ import annotations

import warnings

import gradio as gr
from support.doors import Record, expose
from support.files import picture
from support.model import transcript

seen = Record()


def answer(message: dict, history: list):
    seen.add([type(entry).__name__ for entry in history])
    if message["text"] == "picture":
        return gr.Image(picture("red.png"))
    return " | ".join([*transcript(history), message["text"]])


def shapes() -> list:
    return seen.entries()


with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    demo = gr.ChatInterface(answer, multimodal=True)
expose(demo, shapes=shapes)
