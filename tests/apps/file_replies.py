"""ChatInterface that answers with files as dictionaries of a path, with and without alternative text."""

from __future__ import annotations

import gradio as gr
from support.files import film, notes, picture, tone
from support.versions import MESSAGES


def said(path: str, alt_text: str | None = None) -> dict:
    content = {"path": path} if alt_text is None else {"path": path, "alt_text": alt_text}
    return {"role": "assistant", "content": content}


def answer(message: str, history: list):
    replies = {
        "sound": lambda: said(tone()),
        "picture": lambda: said(picture("red.png"), "A red square"),
        "film": lambda: said(film()),
        "notes": lambda: said(notes()),
        "both": lambda: [said(picture("red.png"), "Red"), said(picture("green.png"), "Green"), "Two squares"],
    }
    return replies[message]() if message in replies else "Name a sound, a picture, a film or notes"


demo = gr.ChatInterface(answer, chatbot=gr.Chatbot(placeholder="Anything by anybody!", **MESSAGES), **MESSAGES)
