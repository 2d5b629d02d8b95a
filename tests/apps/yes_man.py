"""ChatInterface with a chatbot, box, title, theme and placeholders of its own, examples cached at launch.

`asked` counts how often the function ran.
"""

from __future__ import annotations

import gradio as gr
from support.doors import Record, expose
from support.versions import MESSAGES, look

asked = Record()
making, LAUNCH = look(theme="ocean")


def answer(message: str, history: list) -> str:
    asked.add(message)
    return "Yes" if message.endswith("?") else "Ask me anything!"


demo = gr.ChatInterface(
    answer,
    chatbot=gr.Chatbot(
        height=300,
        placeholder="<strong>Your personal yes-man</strong><br>Ask me anything",
        avatar_images=(None, None),
        latex_delimiters=[{"left": "$$", "right": "$$", "display": True}],
        **MESSAGES,
    ),
    textbox=gr.Textbox(placeholder="Ask me a yes or no question", container=False, scale=7, max_length=40),
    title="Yes Man",
    description="Ask Yes Man any question",
    examples=["Hello", "Am I cool?", "Are tomatoes vegetables?"],
    cache_examples=True,
    cache_mode="eager",
    **MESSAGES,
    **making,
)


def count() -> int:
    return asked.count()


expose(demo, asked=count)
