"""Blocks, the guide's second: `user` shows the message at once, `.then(bot)` streams the answer."""

from __future__ import annotations

import gradio as gr
from support.model import text_of, transcript, words
from support.versions import MESSAGES


def user(message: str, history: list):
    return "", [*history, {"role": "user", "content": message}]


def bot(history: list):
    asked = text_of(history[-1]["content"])
    for text in words(f"{asked} is message number {len(transcript(history))}"):
        yield [*history, {"role": "assistant", "content": text}]


with gr.Blocks() as demo:
    chatbot = gr.Chatbot(**MESSAGES)
    box = gr.Textbox()
    clear = gr.Button("Clear")
    box.submit(user, [box, chatbot], [box, chatbot], queue=False).then(bot, chatbot, chatbot)
    clear.click(lambda: None, None, chatbot, queue=False)
