"""Blocks chatbot with handlers of its own for retry, undo, like, edit and clear, each recorded in `events`."""

from __future__ import annotations

import gradio as gr
from support.doors import Record, expose
from support.model import text_of, transcript, words
from support.versions import MESSAGES

record = Record()


def respond(prompt: str, history: list):
    said = [*history, {"role": "user", "content": prompt}]
    yield said
    for text in words(f"{prompt}? Let me think, after {len(transcript(history))} messages."):
        yield [*said, {"role": "assistant", "content": text}]


def undo(history: list, data: gr.UndoData):
    record.add(["undo", data.index, text_of(data.value)])
    return history[: data.index], text_of(history[data.index]["content"])


def retry(history: list, data: gr.RetryData):
    record.add(["retry", data.index, text_of(data.value)])
    yield from respond("Again: " + text_of(history[data.index]["content"]), history[: data.index])


def edit(history: list, data: gr.EditData):
    record.add(["edit", data.index, text_of(data.value)])
    yield from respond("Changed: " + text_of(data.value), history[: data.index])


def like(data: gr.LikeData) -> None:
    record.add(["like", data.index, text_of(data.value), data.liked])


def clear() -> None:
    record.add(["clear"])


def events() -> list:
    return record.entries()


with gr.Blocks() as demo:
    gr.Markdown("# Chat with handlers of its own")
    chatbot = gr.Chatbot(label="Agent", editable="user", **MESSAGES)
    box = gr.Textbox(max_lines=1, label="Chat Message")
    box.submit(respond, [box, chatbot], [chatbot])
    box.submit(lambda: "", None, [box])
    chatbot.undo(undo, chatbot, [chatbot, box])
    chatbot.retry(retry, chatbot, chatbot)
    chatbot.edit(edit, chatbot, chatbot)
    chatbot.like(like, None, None)
    chatbot.clear(clear, None, None)
expose(demo, events=events)
