"""Blocks chatbot with a sound and any number of files beside a plain text box."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
from support.versions import MESSAGES


def respond(question: str, history: list, papers: list | None, sound: str | None):
    names = [Path(path).name for path in papers or []]
    answer = f"{question}: {', '.join(names) or 'no papers'}; {Path(sound).name if sound else 'no sound'}"
    said = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    return "", [*history, *said]


with gr.Blocks() as demo:
    chatbot = gr.Chatbot(**MESSAGES)
    box = gr.Textbox()
    papers = gr.File(file_count="multiple", label="Papers")
    sound = gr.Audio(type="filepath", label="Sound")
    box.submit(respond, [box, chatbot, papers, sound], [box, chatbot])
