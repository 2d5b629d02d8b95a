"""No chatbot on the page, only a public chat endpoint that takes a message and keeps its own history."""

from __future__ import annotations

import gradio as gr


def chat(message: str, history: list) -> tuple[str, list]:
    return f"{message} after {len(history)}", [*history, message]


with gr.Blocks() as demo:
    history = gr.State([])
    box = gr.Textbox(label="Message", visible=False)
    reply = gr.Textbox(label="Reply", visible=False)
    gr.Button("Chat", visible=False).click(chat, [box, history], [reply, history], api_name="chat")
