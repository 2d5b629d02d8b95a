"""`gr.load_chat`: a ChatInterface for a server that speaks OpenAI's protocol, its address in `APP_BASE_URL`."""

from __future__ import annotations

import os

import gradio as gr
from support.versions import GRADIO_6

# 6.31's own conversion refuses the system message it puts before the history.
prompt = {} if GRADIO_6 else {"system_message": "Be brief."}
demo = gr.load_chat(os.environ["APP_BASE_URL"], model="tiny", token="secret", file_types="image", **prompt)
