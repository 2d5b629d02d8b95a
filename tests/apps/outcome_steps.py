"""Blocks with a step for success and one for failure after the answer."""

from __future__ import annotations

import gradio as gr
from support.doors import Record, expose
from support.versions import MESSAGES

record = Record()


def user(message: str, history: list):
    return "", [*history, {"role": "user", "content": message}]


def bot(history: list):
    if "fail" in str(history[-1]["content"]):
        raise gr.Error("As you wish.")
    return [*history, {"role": "assistant", "content": "It went well."}]


def after(outcome: str):
    return lambda: record.add(outcome)


def outcomes() -> list:
    return record.entries()


with gr.Blocks() as demo:
    chatbot = gr.Chatbot(**MESSAGES)
    box = gr.Textbox()
    answered = box.submit(user, [box, chatbot], [box, chatbot]).then(bot, chatbot, chatbot)
    answered.success(after("success"), None, None)
    answered.failure(after("failure"), None, None)
expose(demo, outcomes=outcomes)
