"""ChatInterface whose thoughts nest by `parent_id`, three deep, one of them without end, with a picture inside."""

from __future__ import annotations

import gradio as gr
from gradio import ChatMessage
from support.files import picture
from support.versions import MESSAGES


def answer(message: str, history: list):
    thoughts = [
        ChatMessage(content="The plan.", metadata={"title": "Plan", "id": 1, "status": "done"}),
        ChatMessage(content="Searching.", metadata={"title": "Search", "id": 2, "parent_id": 1, "duration": 0.5}),
        ChatMessage(content="A page.", metadata={"title": "Read", "id": 3, "parent_id": 2, "log": "1 page"}),
        ChatMessage(content=gr.Image(picture("green.png")), metadata={"title": "Look", "id": 4, "parent_id": 1}),
        ChatMessage(content="Still on it.", metadata={"title": "Check", "id": 5, "status": "pending"}),
    ]
    for count in range(1, len(thoughts) + 1):
        yield thoughts[:count]
    yield [*thoughts, f"About {message}: done."]


demo = gr.ChatInterface(answer, **MESSAGES)
