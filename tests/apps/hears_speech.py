"""Interface, recognises speech as Whisper's Spaces do: a clip and a language in, words out.

It hears the pitch of a tone. Silence is nothing, and a clip below 50 ms makes it fail.
"""

from __future__ import annotations

import gradio as gr
import numpy as np


def transcribe(clip: tuple, language: str) -> str:
    rate, sound = clip
    if len(sound) < rate / 20:
        raise gr.Error("Too short")
    crossings = np.count_nonzero(np.diff(np.signbit(sound.astype(np.int32))))
    return f"{round(crossings * rate / len(sound) / 2, -1):.0f} hertz in {language}" if crossings else ""


demo = gr.Interface(
    transcribe,
    [gr.Audio(label="Speech"), gr.Dropdown(["English", "French"], value="English", label="Language")],
    gr.Textbox(label="Transcript"),
    api_name="predict",
)
