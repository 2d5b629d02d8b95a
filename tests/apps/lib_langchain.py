"""ChatInterface on a LangChain model: the history becomes message objects."""

from __future__ import annotations

import gradio as gr
from support.libraries import AIMessage, HumanMessage, LangChainShaped
from support.model import text_of
from support.versions import MESSAGES

model = LangChainShaped()


def answer(message: str, history: list) -> str:
    kinds = {"user": HumanMessage, "assistant": AIMessage}
    said = [kinds[entry["role"]](text_of(entry["content"])) for entry in history]
    return model.invoke([*said, HumanMessage(message)]).content


demo = gr.ChatInterface(answer, **MESSAGES)
