"""Blocks with a streaming microphone that fails: while it listens, or when it is to answer (the option `at`)."""

from __future__ import annotations

import os

import gradio as gr
from support.versions import MESSAGES

AT = os.environ.get("APP_AT", "listening")


def listen(audio: tuple, heard: int):
    if AT == "listening" and heard:
        raise gr.Error("My ears hurt")
    return heard + 1


def respond(heard: int):
    if AT == "answering":
        raise gr.Error("I am speechless")
    return [{"role": "assistant", "content": f"{heard} pieces"}]


with gr.Blocks() as demo:
    chatbot = gr.Chatbot(**MESSAGES)
    microphone = gr.Audio(sources=["microphone"], type="numpy")
    state = gr.State(0)
    microphone.stream(listen, [microphone, state], [state], stream_every=0.25, time_limit=30)
    microphone.stop_recording(respond, [state], [chatbot])
