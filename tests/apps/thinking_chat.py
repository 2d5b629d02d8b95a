"""ChatInterface that shows its thoughts while it has them: pending, then done with duration and log."""

from __future__ import annotations

import gradio as gr
from gradio import ChatMessage
from support.model import transcript
from support.versions import MESSAGES


def answer(message: str, history: list):
    thought = {"title": "🧠 Thinking step by step", "id": "think", "status": "pending"}
    steps = ["First, I read the message.", "Then I consider it.", "Now I know."]
    for count in range(1, len(steps) + 1):
        yield ChatMessage(content="\n".join(steps[:count]), metadata=dict(thought))
    done = thought | {"status": "done", "duration": 2.5, "log": "3 steps"}
    yield [
        ChatMessage(content="\n".join(steps), metadata=done),
        ChatMessage(content=f"My answer to {message}, after {len(transcript(history))}."),
    ]


demo = gr.ChatInterface(answer, title="Thinking LLM Chat Interface 🤔", **MESSAGES)
