"""The app that turns are measured against: it waits for nothing and takes any number of turns at a time.

"tokens N" is answered with N yields, anything else with five.
"""

from __future__ import annotations

from collections.abc import Iterator

import gradio as gr


def answer(message: str, history: list[object]) -> Iterator[str]:
    count = int(message.split()[1]) if message.startswith("tokens ") else 5
    text = ""
    for _ in range(count):
        text += "token "
        yield text


if __name__ == "__main__":
    chat = gr.ChatInterface(answer, concurrency_limit=None, api_name="chat")
    launched = chat.launch(server_name="127.0.0.1", quiet=True, prevent_thread_lock=True)
    print(launched[1], flush=True)
    chat.block_thread()
