"""ChatInterface on Anthropic's client: a game of twenty questions that counts the turns of the history."""

from __future__ import annotations

import gradio as gr
from support.model import text_of
from support.versions import MESSAGES

SECRET = "elephant"


def answer(message: str, history: list) -> str:
    asked = [text_of(entry["content"]) for entry in history if entry["role"] == "user"]
    if SECRET in message.lower():
        return f"You got it in {len(asked) + 1}"
    return f"No. {19 - len(asked)} questions left"


demo = gr.ChatInterface(
    answer,
    title="20 Questions",
    description="I think of an animal. Ask me yes or no questions.",
    textbox=gr.Textbox(placeholder="Is it larger than a dog?"),
    **MESSAGES,
)
