"""ChatInterface in Blocks with outputs beside the chat: code, JSON, a table, a text, a picture and a plot.

The word in the message chooses what is shown; the others are given nothing.
"""

from __future__ import annotations

import gradio as gr
from bokeh.plotting import figure
from support.files import picture
from support.versions import MESSAGES

CODE = "def greet(name):\n    return f'Hello, {name}!'\n"


def curve():
    drawing = figure()
    drawing.line([1, 2, 3], [1, 4, 9])
    return drawing


def answer(message: str, history: list):
    if "code" in message:
        yield "Writing", "", None, None, None, None, None
        yield "Here is the code.", CODE, None, None, None, None, None
    elif "all" in message:
        table = {"headers": ["n", "square"], "data": [[1, 1], [2, 4]]}
        yield "Here is everything.", CODE, {"made": [1, 2]}, table, "a note", picture("green.png"), curve()
    else:
        yield "There is nothing to show.", None, None, None, None, None, None


with gr.Blocks() as demo:
    outputs = [
        gr.Code(language="python", label="Program", render=False),
        gr.JSON(label="Data", render=False),
        gr.Dataframe(label="Squares", render=False),
        gr.Textbox(label="Note", render=False),
        gr.Image(label="Drawing", render=False),
        gr.Plot(label="Curve", render=False),
    ]
    with gr.Row():
        with gr.Column():
            gr.ChatInterface(answer, additional_outputs=outputs, **MESSAGES)
        with gr.Column():
            for output in outputs:
                output.render()
