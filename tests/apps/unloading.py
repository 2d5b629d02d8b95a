"""ChatInterface that cleans up when a page is closed. `left` returns once one was."""

from __future__ import annotations

import gradio as gr
from support.doors import Record, expose
from support.versions import MESSAGES

closed = Record()


def left() -> bool:
    return closed.reach(1)


def closings() -> int:
    return closed.count()


with gr.Blocks() as demo:
    gr.ChatInterface(lambda message, history: f"{message} after {len(history)}", **MESSAGES)
    demo.unload(lambda: closed.add("page"))
expose(demo, left=left, closings=closings)
