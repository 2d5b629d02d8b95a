"""ChatInterface that offers answers to choose from, with a label and without; streams one of them."""

from __future__ import annotations

import gradio as gr
from support.model import transcript, words
from support.versions import MESSAGES

OPTIONS = [{"value": "Yes, that is correct.", "label": "Yes"}, {"value": "No"}]


def answer(message: str, history: list):
    if message == "Yes, that is correct.":
        yield f"Great! ({' | '.join(transcript(history))})"
    else:
        for text in words("Here is the code I wrote. Is it correct?"):
            yield {"role": "assistant", "content": text}
        yield {"role": "assistant", "content": text, "options": OPTIONS}


demo = gr.ChatInterface(answer, examples=["Write a function that greets."], **MESSAGES)
