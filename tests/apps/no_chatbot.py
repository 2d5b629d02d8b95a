"""Interface without any chat: adds two numbers."""

from __future__ import annotations

import gradio as gr

demo = gr.Interface(lambda a, b: a + b, [gr.Number(label="a"), gr.Number(label="b")], gr.Number(label="sum"))
