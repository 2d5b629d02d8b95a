"""Blocks on a model that thinks aloud before it answers, as Gemini does: one pending thought, then the answer."""

from __future__ import annotations

import gradio as gr
from gradio import ChatMessage
from support.model import words
from support.versions import MESSAGES


def user(message: str, history: list):
    return "", message, [*history, ChatMessage(role="user", content=message)]


def think(message: str, history: list):
    title = "⏳Thinking: *The thoughts are those of the model*"
    for thought in words("Let me see what that means"):
        yield [*history, ChatMessage(role="assistant", content=thought, metadata={"title": title})]
    done = ChatMessage(role="assistant", content=thought, metadata={"title": title, "status": "done"})
    for text in words(f"I thought about {message}"):
        yield [*history, done, ChatMessage(role="assistant", content=text)]


with gr.Blocks() as demo:
    gr.Markdown("# A model and its thoughts")
    chatbot = gr.Chatbot(label="Thinking model", render_markdown=True, **MESSAGES)
    box = gr.Textbox(placeholder="Type your message here", lines=1)
    store = gr.State()
    box.submit(user, [box, chatbot], [box, store, chatbot], queue=False).then(think, [store, chatbot], chatbot)
    gr.Button("Clear").click(lambda: ([], "", ""), None, [chatbot, box, store], queue=False)
