"""ChatInterface: one additional input of every kind; the answer is what the function was given, as JSON."""

from __future__ import annotations

import json

import gradio as gr
from support.versions import MESSAGES


def answer(message, history, name, count, level, loud, size, colour, pets, paint, data, when) -> str:
    given = {
        "name": name,
        "count": count,
        "level": level,
        "loud": loud,
        "size": size,
        "colour": colour,
        "pets": pets,
        "paint": paint,
        "data": data,
        "when": when,
    }
    return json.dumps(given)


demo = gr.ChatInterface(
    answer,
    additional_inputs=[
        gr.Textbox("Ann", label="Name", info="Who asks", placeholder="your name", max_length=20),
        gr.Number(3, label="Count", minimum=1, maximum=9, step=1),
        gr.Slider(0, 1, value=0.5, step=0.25, label="Level"),
        gr.Checkbox(True, label="Loud"),
        gr.Radio(["small", "large"], value="small", label="Size"),
        gr.Dropdown([("Red", "r"), ("Blue", "b")], value="b", label="Colour", allow_custom_value=True),
        gr.CheckboxGroup(["cat", "dog", "fish"], value=["cat"], label="Pets"),
        gr.ColorPicker("#336699", label="Paint"),
        gr.JSON({"a": 1}, label="Data"),
        gr.DateTime("2026-01-02 03:04:05", label="When", type="string"),
    ],
    **MESSAGES,
)
