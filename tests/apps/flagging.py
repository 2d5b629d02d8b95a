"""ChatInterface with manual flagging and options of the author's own; `flags` reads the file Gradio wrote."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path

import gradio as gr
from support.versions import MESSAGES

FOLDER = Path(tempfile.mkdtemp(prefix="flags-"))


def answer(message: str, history: list) -> str:
    return f"About {message}"


def flags() -> list:
    written = FOLDER / "log.csv"
    if not written.exists():
        return []
    with written.open(newline="") as lines:
        return list(csv.DictReader(lines))


demo = gr.ChatInterface(
    answer,
    flagging_mode="manual",
    flagging_options=["Like", "Spam", "Inappropriate", "Other"],
    flagging_dir=str(FOLDER),
    **MESSAGES,
)
with demo:
    gr.api(flags, api_name="flags", queue=False)
