"""Blocks chatbot whose initial value already holds a question, a thought and an answer."""

from __future__ import annotations

import gradio as gr
from support.model import transcript
from support.versions import MESSAGES

START = [
    {"role": "user", "content": "What is the weather in San Francisco?"},
    {
        "role": "assistant",
        "content": "I need to use the weather API tool",
        "metadata": {"title": "🧠 Thinking", "status": "done"},
    },
    {"role": "assistant", "content": "It is sunny."},
]


def respond(message: str, history: list):
    reply = f"{len(transcript(history))} messages before {message}"
    return "", [*history, {"role": "user", "content": message}, {"role": "assistant", "content": reply}]


with gr.Blocks() as demo:
    chatbot = gr.Chatbot(START, **MESSAGES)
    box = gr.Textbox()
    box.submit(respond, [box, chatbot], [box, chatbot])
