"""Blocks, makes speech: a file, a stream, a failure, silence; a tone for each word.

The door is for the stream: it waits after each piece.
"""

from __future__ import annotations

import gradio as gr
from support.doors import Gate, expose
from support.files import write

from fakes.samples import wav

WORD_MS = 200
PITCH = {"low": 220.0, "high": 880.0}
gate = Gate()


def speak(text: str, voice: str, speed: float) -> str:
    return write(f"said-{voice}.wav", wav(round(WORD_MS * len(text.split()) / speed), PITCH[voice]))


def stream(text: str):
    for _ in text.split():
        yield wav(250)
        gate.wait()


def fail(text: str) -> str:
    raise gr.Error("No voice today")


def say_nothing(text: str) -> None:
    return None


def write_down(text: str) -> str:
    return text


with gr.Blocks() as demo:
    words = gr.Textbox(label="Text in any language")
    voice = gr.Dropdown([("A low one", "low"), ("A high one", "high")], value="low", label="Voice")
    speed = gr.Slider(0.5, 2.0, value=1.0, label="Speed")
    sound = gr.Audio(label="Speech")
    live = gr.Audio(label="Live speech", streaming=True)
    note = gr.Textbox(label="Note")
    gr.Button("Speak").click(speak, [words, voice, speed], sound, api_name="speak")
    gr.Button("Stream").click(stream, words, live, api_name="stream")
    gr.Button("Fail").click(fail, words, sound, api_name="fail")
    gr.Button("Nothing").click(say_nothing, words, sound, api_name="nothing", queue=False)
    gr.Button("Write").click(write_down, words, note, api_name="write")

expose(demo, reached=gate.reached, open=gate.open)
