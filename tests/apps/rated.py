"""ChatInterface with a like handler of the author's, own words beside the thumb, and user messages rated too.

`likes` lists what the handler got.
"""

from __future__ import annotations

import gradio as gr
from support.doors import Record, expose
from support.model import text_of
from support.versions import ALSO_RATE_USERS, MESSAGES

record = Record()
of_chatbot, of_event = ALSO_RATE_USERS


def answer(message: str, history: list) -> str:
    return f"About {message}"


def like(data: gr.LikeData) -> None:
    record.add([data.index, text_of(data.value), data.liked])


def likes() -> list:
    return record.entries()


with gr.Blocks() as demo:
    chatbot = gr.Chatbot(feedback_options=["Like", "Too long", "Wrong"], **of_chatbot, **MESSAGES)
    chatbot.like(like, None, None, **of_event)
    gr.ChatInterface(answer, chatbot=chatbot, **MESSAGES)
expose(demo, likes=likes)
