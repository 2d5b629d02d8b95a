"""ChatInterface in Blocks whose history is set from outside by a button, through `chatbot_value`."""

from __future__ import annotations

import gradio as gr
from support.model import transcript
from support.versions import MESSAGES

STORY = [
    {"role": "user", "content": "Do you know Ann?"},
    {"role": "assistant", "content": "I do."},
]


def answer(message: str, history: list) -> str:
    return " | ".join([*transcript(history), message])


with gr.Blocks() as demo:
    chat = gr.ChatInterface(answer, **MESSAGES)
    gr.Button("Tell the story").click(lambda: STORY, None, chat.chatbot_value)
