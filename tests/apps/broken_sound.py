"""Blocks chatbot with an Audio input whose spoken answer is no sound, although it is called one.

With the option `live` it is one that streams: then Gradio itself fails at it.
"""

from __future__ import annotations

import os

import gradio as gr
from support.files import write
from support.versions import MESSAGES

LIVE = bool(os.environ.get("APP_LIVE"))
NOISE = b"this is no sound at all, " * 40


def answer(path: str, history: list):
    said = [*history, {"role": "user", "content": {"path": path}}, {"role": "assistant", "content": "Listen:"}]
    yield said, NOISE if LIVE else write("answer.mp3", NOISE)


with gr.Blocks() as demo:
    chatbot = gr.Chatbot(**MESSAGES)
    microphone = gr.Audio(sources=["microphone"], type="filepath")
    voice = gr.Audio(label="Voice", streaming=LIVE)
    microphone.stop_recording(answer, [microphone, chatbot], [chatbot, voice])
