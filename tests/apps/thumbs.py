"""ChatInterface with manual flagging and the options it has by itself: Like and Dislike."""

from __future__ import annotations

import tempfile

import gradio as gr
from support.versions import MESSAGES

demo = gr.ChatInterface(
    lambda message, history: f"About {message}",
    flagging_mode="manual",
    flagging_dir=tempfile.mkdtemp(prefix="flags-"),
    **MESSAGES,
)
