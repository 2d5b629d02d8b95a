"""Blocks chatbot in the manner of the Baize and mPLUG Spaces: Send, Stop, Regenerate, Upvote, Downvote, Clear.

`votes` lists the votes. A message that starts with "hold" waits after two words, until `open`; `reached` returns
once it does.
"""

from __future__ import annotations

import gradio as gr
from support.doors import Gate, Record, expose
from support.model import text_of, transcript
from support.versions import MESSAGES

gate = Gate()
record = Record()


def predict(message: str, history: list, temperature: float, again: str = ""):
    said = [*history, {"role": "user", "content": message}]
    full = f"{message}{again} at {temperature:g} after {len(transcript(history))}".split(" ")
    for end in range(1, len(full) + 1):
        yield [*said, {"role": "assistant", "content": " ".join(full[:end])}], "Generating"
        if end == 2 and message.startswith("hold"):
            gate.wait()
    yield [*said, {"role": "assistant", "content": " ".join(full)}], "Success"


def regenerate(history: list, temperature: float):
    if not history:
        yield history, "Nothing to regenerate"
        return
    yield from predict(text_of(history[-2]["content"]), history[:-2], temperature, " again")


def vote(history: list, way: str) -> str:
    record.add([way, transcript(history)])
    return "Thank you"


def votes() -> list:
    return record.entries()


def reached() -> bool:
    return gate.reached()


def let_go() -> bool:
    return gate.open()


with gr.Blocks() as demo:
    gr.Markdown("# Vote")
    chatbot = gr.Chatbot(label="Baize", **MESSAGES)
    status = gr.Markdown("Idle")
    box = gr.Textbox(placeholder="Enter text", show_label=False)
    with gr.Row():
        send, stop, again = gr.Button("Send"), gr.Button("Stop"), gr.Button("🔄 Regenerate")
        up, down, empty = gr.Button("👍 Upvote"), gr.Button("👎 Downvote"), gr.Button("Clear")
    temperature = gr.Slider(0, 2, value=1, step=0.5, label="Temperature")
    running = [
        box.submit(predict, [box, chatbot, temperature], [chatbot, status]),
        send.click(predict, [box, chatbot, temperature], [chatbot, status]),
        again.click(regenerate, [chatbot, temperature], [chatbot, status]),
    ]
    stop.click(None, None, None, cancels=running)
    up.click(lambda history: vote(history, "up"), chatbot, status)
    down.click(lambda history: vote(history, "down"), chatbot, status)
    empty.click(list, None, chatbot)
expose(demo, votes=votes, reached=reached, open=let_go)
