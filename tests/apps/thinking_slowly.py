"""ChatInterface whose thought is under way, with a step of its own, until `open`; `reached` returns once it is."""

from __future__ import annotations

import gradio as gr
from gradio import ChatMessage
from support.doors import Gate, expose
from support.versions import MESSAGES

gate = Gate()


def answer(message: str, history: list):
    plan = {"title": "Plan", "id": "plan", "status": "pending"}
    step = {"title": "Search the web", "id": "step", "parent_id": "plan", "status": "pending"}
    yield [ChatMessage(content="A plan.", metadata=plan), ChatMessage(content="A query.", metadata=step)]
    gate.wait()
    yield [
        ChatMessage(content="A plan.", metadata=plan | {"status": "done", "duration": 2.1}),
        ChatMessage(content="A query.", metadata=step | {"status": "done", "duration": 1.5}),
        ChatMessage(content=f"Found {message}."),
    ]


def reached() -> bool:
    return gate.reached()


def let_go() -> bool:
    return gate.open()


demo = gr.ChatInterface(answer, **MESSAGES)
expose(demo, reached=reached, open=let_go)
