"""Blocks chatbot that speaks its answer in pieces while it makes it; between two of them a test may keep it.

The message says what the pieces are: "wav" or "mp3". With "stumble" it fails after the second.
"""

from __future__ import annotations

import gradio as gr
from support.doors import Gate, expose
from support.files import spoken
from support.versions import MESSAGES

gate = Gate()
HERTZ = (300.0, 500.0, 700.0)


def respond(message: str, history: list):
    said = [*history, {"role": "user", "content": message}]
    form = "mp3" if "mp3" in message else "wav"
    for number, hertz in enumerate(HERTZ, 1):
        yield [*said, {"role": "assistant", "content": f"Piece {number}"}], spoken(1000, hertz, form)
        gate.wait()
        if "stumble" in message and number == 2:
            raise gr.Error("Lost for words")


with gr.Blocks() as demo:
    chatbot = gr.Chatbot(**MESSAGES)
    box = gr.Textbox()
    sound = gr.Audio(streaming=True, autoplay=True, label="Voice")
    box.submit(respond, [box, chatbot], [chatbot, sound])


def reached() -> bool:
    return gate.reached()


def open_gate() -> bool:
    return gate.open()


expose(demo, reached=reached, open=open_gate)
