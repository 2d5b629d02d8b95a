"""ChatInterface with files among its additional inputs: a film, a picture, several papers.

The answer lists the history and the names and sizes of the files that the function was given.
"""

from __future__ import annotations

from pathlib import Path

import gradio as gr
from support.model import transcript
from support.versions import MESSAGES


def answer(message: str, history: list, film: str | None, picture: str | None, papers: list | None) -> str:
    given = [f"{Path(path).name} {Path(path).stat().st_size}" for path in (film, picture, *(papers or [])) if path]
    return " | ".join([*transcript(history), f"{message}: {', '.join(given) or 'nothing'}"])


demo = gr.ChatInterface(
    answer,
    additional_inputs=[
        gr.Video(label="Film"),
        gr.Image(type="filepath", label="Picture"),
        gr.File(file_count="multiple", label="Papers"),
    ],
    **MESSAGES,
)
