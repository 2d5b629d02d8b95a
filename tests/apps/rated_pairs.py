"""Blocks chatbot in pairs (5.49.1's default; on 6 messages) with a like event; `likes` lists what it got."""

from __future__ import annotations

import warnings

import gradio as gr
from support.doors import Record, expose
from support.model import text_of
from support.versions import GRADIO_6

likes_seen = Record()


def respond(message: str, history: list):
    if GRADIO_6:
        said = [{"role": "user", "content": message}, {"role": "assistant", "content": message.upper()}]
        return "", [*history, *said]
    return "", [*history, [message, message.upper()]]


def like(data: gr.LikeData) -> None:
    likes_seen.add([data.index, text_of(data.value), data.liked])


def likes() -> list:
    return likes_seen.entries()


with warnings.catch_warnings(), gr.Blocks() as demo:
    warnings.simplefilter("ignore")
    chatbot = gr.Chatbot()
    box = gr.Textbox()
    box.submit(respond, [box, chatbot], [box, chatbot])
    chatbot.like(like, None, None)
expose(demo, likes=likes)
