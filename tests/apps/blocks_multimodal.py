"""Blocks, the guide's third: a multimodal box, `add_message`, `bot`, the box enabled again, and likes.

`likes` lists what the like handler got.
"""

from __future__ import annotations

import gradio as gr
from support.doors import Record, expose
from support.model import text_of, transcript, words
from support.versions import ALSO_RATE_USERS, MESSAGES

record = Record()
of_chatbot, of_event = ALSO_RATE_USERS


def like(data: gr.LikeData) -> None:
    record.add([data.index, text_of(data.value), data.liked])


def add_message(history: list, message: dict):
    files = [{"role": "user", "content": {"path": path}} for path in message["files"]]
    text = [{"role": "user", "content": message["text"]}] if message["text"] else []
    return [*history, *files, *text], gr.MultimodalTextbox(value=None, interactive=False)


def bot(history: list):
    said = transcript(history)
    files = sum(1 for line in said if line.startswith("user: <file"))
    for text in words(f"**That's cool!** I see {files} files in {len(said)} messages"):
        yield [*history, {"role": "assistant", "content": text}]


def likes() -> list:
    return record.entries()


with gr.Blocks() as demo:
    chatbot = gr.Chatbot(elem_id="chatbot", **of_chatbot, **MESSAGES)
    box = gr.MultimodalTextbox(
        interactive=True,
        file_count="multiple",
        placeholder="Enter message or upload file...",
        show_label=False,
        sources=["microphone", "upload"],
    )
    said = box.submit(add_message, [chatbot, box], [chatbot, box])
    answered = said.then(bot, chatbot, chatbot)
    answered.then(lambda: gr.MultimodalTextbox(interactive=True), None, [box])
    chatbot.like(like, None, None, **of_event)
expose(demo, likes=likes)
