"""Blocks with a document, a state of its own and two answers: the text, and its citations as a thought."""

from __future__ import annotations

from pathlib import Path

import gradio as gr
from support.model import transcript
from support.versions import MESSAGES


def user(history: list, message: dict, documents: list):
    added = [*documents, *(Path(path).name for path in message["files"])]
    said = [{"role": "user", "content": {"path": path}} for path in message["files"]]
    said += [{"role": "user", "content": message["text"]}] if message["text"] else []
    return [*history, *said], gr.MultimodalTextbox(value=None, interactive=False), added


def bot(history: list, documents: list):
    asked = transcript(history)[-1].removeprefix("user: ")
    answer = {"role": "assistant", "content": f"About {asked}: see {len(documents)} documents."}
    yield [*history, answer]
    cited = ", ".join(documents) or "nothing"
    yield [*history, answer, {"role": "assistant", "content": cited, "metadata": {"title": "📚 Citations"}}]


with gr.Blocks() as demo:
    documents = gr.State([])
    chatbot = gr.Chatbot(**MESSAGES)
    box = gr.MultimodalTextbox(file_types=[".pdf", ".txt"], file_count="single", show_label=False)
    said = box.submit(user, [chatbot, box, documents], [chatbot, box, documents], queue=False)
    said.then(bot, [chatbot, documents], [chatbot]).then(
        lambda: gr.MultimodalTextbox(interactive=True), None, [box]
    )
