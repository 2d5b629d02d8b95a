"""Blocks chatbot with a box to write in and a streaming microphone beside it; what was heard is answered at once.

A count of the recordings begins with each of them; the pieces are counted on the way, their samples in the end.
"""

from __future__ import annotations

import gradio as gr
from support.versions import MESSAGES


def listen(audio: tuple, samples: int, pieces: int):
    return samples + len(audio[1]), pieces + 1


def said(history: list, samples: int, pieces: int):
    entry = {"role": "assistant", "content": f"{samples} samples in {pieces} pieces"}
    return [*history, {"role": "user", "content": "(spoken)"}, entry]


with gr.Blocks() as demo:
    chatbot = gr.Chatbot(**MESSAGES)
    box = gr.Textbox()
    microphone = gr.Audio(sources=["microphone"], type="numpy", streaming=True)
    counted = gr.State(0)
    pieces = gr.Number(0, label="Pieces", visible=False)
    box.submit(
        lambda text, history: [
            *history,
            {"role": "user", "content": text},
            {"role": "assistant", "content": f"Read {text}"},
        ],
        [box, chatbot],
        chatbot,
    )
    microphone.start_recording(lambda: (0, 0), None, [counted, pieces])
    microphone.stream(listen, [microphone, counted, pieces], [counted, pieces], stream_every=0.2).then(
        said, [chatbot, counted, pieces], chatbot
    )
