"""Blocks chatbot that shows media of another origin, its address in `APP_ORIGIN`, and a picture gone from disk."""

from __future__ import annotations

import os
from pathlib import Path

import gradio as gr
from support.files import picture
from support.versions import MESSAGES

ORIGIN = os.environ.get("APP_ORIGIN", "http://192.0.2.1")


def respond(message: str, history: list):
    said = [*history, {"role": "user", "content": message}]
    contents = {
        "markdown": lambda: f"See ![one]({ORIGIN}/one.png)",
        "gallery": lambda: gr.Gallery([(picture("red.png"), "ours"), (f"{ORIGIN}/three.png", "theirs")]),
        "html": lambda: gr.HTML(f'<img src="{ORIGIN}/four.png">'),
        "gone": lambda: {"path": picture("green.png"), "alt_text": "soon gone"},
    }
    return [*said, {"role": "assistant", "content": contents[message]()}]


def forget_files() -> int:
    """Delete every file Gradio holds for its pages, as its cache does in time."""
    held = [path for path in Path(os.environ["GRADIO_TEMP_DIR"]).rglob("green.png") if path.is_file()]
    for path in held:
        path.unlink()
    return len(held)


with gr.Blocks() as demo:
    chatbot = gr.Chatbot(**MESSAGES)
    box = gr.Textbox()
    box.submit(respond, [box, chatbot], [chatbot])
    gr.api(forget_files, api_name="forget_files", queue=False)
