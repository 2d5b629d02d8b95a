"""The app behind the fault runs: streams an answer that names the message. `python echo_app.py PORT`."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import gradio as gr

from faults.ledger import answer_to


def answer(message: str, history: list[object]) -> Iterator[str]:
    words = answer_to(message).split(" ")
    for count in range(1, len(words) + 1):
        yield " ".join(words[:count])


if __name__ == "__main__":
    chat = gr.ChatInterface(answer, concurrency_limit=None)
    chat.launch(server_name="127.0.0.1", server_port=int(sys.argv[1]), quiet=True, prevent_thread_lock=True)
    print("ready", flush=True)
    chat.block_thread()
