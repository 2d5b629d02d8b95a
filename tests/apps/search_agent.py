"""Blocks agent as of LangChain: an asynchronous function that shows each tool it used as a thought."""

from __future__ import annotations

import gradio as gr
from gradio import ChatMessage
from support.libraries import Agent
from support.versions import MESSAGES

agent = Agent()


async def interact(prompt: str, messages: list):
    messages = [*messages, ChatMessage(role="user", content=prompt)]
    yield messages
    async for chunk in agent.astream(prompt):
        for step in chunk.get("steps", []):
            title = {"title": f"🛠️ Used tool {step.tool}"}
            messages = [*messages, ChatMessage(role="assistant", content=step.log, metadata=title)]
            yield messages
        if "output" in chunk:
            messages = [*messages, ChatMessage(role="assistant", content=chunk["output"])]
            yield messages


with gr.Blocks() as demo:
    gr.Markdown("# Chat with a LangChain Agent 🦜⛓️ and see its thoughts 💭")
    chatbot = gr.Chatbot(label="Agent", **MESSAGES)
    box = gr.Textbox(lines=1, label="Chat Message")
    box.submit(interact, [box, chatbot], [chatbot])
