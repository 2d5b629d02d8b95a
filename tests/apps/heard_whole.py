"""Blocks chatbot with an Audio input that is the message: a recording is answered once it is over.

The option `by` says what answers it: the end of the recording, a change of the component, a button beside it, or a
button that sends what was read when the file came.
"""

from __future__ import annotations

import os
import wave
from pathlib import Path

import gradio as gr
from support.files import tone
from support.versions import MESSAGES

BY = os.environ.get("APP_BY", "stop_recording")


def measured(path: str | None) -> str:
    if path is None:
        return "nothing"
    with wave.open(path) as sound:
        return f"{1000 * sound.getnframes() // sound.getframerate()} ms in a {Path(path).suffix} file"


def answer(path: str | None, history: list):
    said = [*history, {"role": "user", "content": {"path": path}}] if path else history
    text = f"Heard {measured(path)}, after {len(history)}"
    return [*said, {"role": "assistant", "content": text}], tone(), None


with gr.Blocks() as demo:
    chatbot = gr.Chatbot(**MESSAGES)
    microphone = gr.Audio(sources=["microphone", "upload"], type="filepath", label="Speak")
    voice = gr.Audio(label="Voice", autoplay=True)
    ends = ([microphone, chatbot], [chatbot, voice, microphone])
    if BY == "stop_recording":
        gr.on([microphone.stop_recording, microphone.upload], answer, *ends)
    elif BY == "change":
        microphone.change(lambda path, history: answer(path, history)[:2], ends[0], ends[1][:2])
    elif BY == "button":
        gr.Button("Send").click(answer, *ends)
    else:
        length = gr.State("")
        microphone.change(measured, microphone, length)
        gr.Button("Send").click(
            lambda text, history: [*history, {"role": "assistant", "content": f"Heard {text}"}],
            [length, chatbot],
            chatbot,
        )
