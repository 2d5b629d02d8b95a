"""Blocks chatbot with a picture beside a plain text box, as vision models have it.

With `APP_EMPTIED` a turn empties the picture and shows it in the chat, as mPLUG does; otherwise it stays for the
next question. `uploads` lists the widths of the pictures that were put there.
"""

from __future__ import annotations

import os

import gradio as gr
from support.doors import Record, expose
from support.files import write
from support.model import transcript
from support.versions import MESSAGES

from fakes.samples import png

EMPTIED = bool(os.environ.get("APP_EMPTIED", ""))
seen = Record()


def respond(picture, question: str, history: list):
    width = picture.width if picture else 0
    answer = " | ".join([*transcript(history), f"{question}: {width} wide" if width else f"{question}: blind"])
    said = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    if picture and EMPTIED:
        # In its history a model that shows the picture sees it again.
        shown = write(f"shown{width}.png", png(width=width))
        said.insert(0, {"role": "user", "content": {"path": shown}})
    return [*history, *said], "", *([None] if EMPTIED else [])


def take(picture) -> None:
    if picture:
        seen.add(picture.width)


def uploads() -> list:
    return seen.entries()


with gr.Blocks() as demo:
    chatbot = gr.Chatbot(**MESSAGES)
    with gr.Row():
        picture = gr.Image(type="pil", format="png", label="Picture")
        box = gr.Textbox(label="Question")
    picture.upload(take, picture)
    box.submit(respond, [picture, box, chatbot], [chatbot, box, *([picture] if EMPTIED else [])])
expose(demo, uploads=uploads)
