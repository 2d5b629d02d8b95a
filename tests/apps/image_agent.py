"""Blocks agent as of transformers: the message is kept in a state, steps and a picture are added one by one."""

from __future__ import annotations

import gradio as gr
from gradio import ChatMessage
from support.files import picture
from support.versions import MESSAGES


def steps(prompt: str):
    yield ChatMessage(role="assistant", content="I need a picture.", metadata={"title": "🧠 Thought"})
    yield ChatMessage(
        role="assistant", content=f"image_generator({prompt!r})", metadata={"title": "🛠️ Used tool image_generator"}
    )
    yield ChatMessage(role="assistant", content={"path": picture("blue.png"), "mime_type": "image/png"})
    yield ChatMessage(role="assistant", content="Here it is.")


def interact(prompt: str, messages: list):
    messages = [*messages, ChatMessage(role="user", content=prompt)]
    yield messages
    for step in steps(prompt):
        messages = [*messages, step]
        yield messages


with gr.Blocks() as demo:
    stored = gr.State("")
    chatbot = gr.Chatbot(label="Agent", avatar_images=(None, picture("red.png")), **MESSAGES)
    box = gr.Textbox(lines=1, label="Chat Message")
    box.submit(lambda text: (text, ""), [box], [stored, box]).then(interact, [stored, chatbot], [chatbot])
