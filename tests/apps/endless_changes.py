"""Blocks chatbot with a counter whose change changes it again, without an end. `counted` says how far it came."""

from __future__ import annotations

import gradio as gr
from support.doors import Record, expose
from support.versions import MESSAGES

steps = Record()


def respond(message: str, history: list):
    said = [{"role": "user", "content": message}, {"role": "assistant", "content": "Counting"}]
    return [*history, *said], 1


def further(number: float) -> float:
    steps.add(number)
    return number + 1


def counted() -> int:
    return steps.count()


with gr.Blocks() as demo:
    chatbot = gr.Chatbot(**MESSAGES)
    box = gr.Textbox()
    number = gr.Number(0, label="Number")
    box.submit(respond, [box, chatbot], [chatbot, number])
    number.change(further, number, number)
expose(demo, counted=counted)
