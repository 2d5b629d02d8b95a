"""ChatInterface that says what it does: info, warning and progress.

Waits in the middle, until `open`, so that what holds then can be seen; `reached` returns once it does.
"""

from __future__ import annotations

import gradio as gr
from support.doors import Gate, expose
from support.versions import MESSAGES

gate = Gate()


def answer(message: str, history: list, progress=gr.Progress()):  # noqa: B008 - how Gradio takes it
    gr.Info("Looking it up", title="Hint")
    gr.Warning("This may take long")
    progress(0.5, desc="Half way")
    gate.wait()
    return "Done"


def reached() -> bool:
    return gate.reached()


def let_go() -> bool:
    return gate.open()


demo = gr.ChatInterface(answer, **MESSAGES)
expose(demo, reached=reached, open=let_go)
