"""ChatInterface whose public endpoint has a name of the author's."""

from __future__ import annotations

import gradio as gr
from support.versions import MESSAGES

demo = gr.ChatInterface(lambda message, history: f"Named: {message}", api_name="ask_me", **MESSAGES)
