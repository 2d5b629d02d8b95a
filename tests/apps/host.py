"""Serves the apps of this folder, many in one process, on command.

Reads one JSON object per line from standard input and answers each with one on standard output:

    {"start": "typing_echo", "port": 0, "options": {}}   → {"url": "http://127.0.0.1:40001"}
    {"stop": "http://127.0.0.1:40001"}                   → {"stopped": "http://127.0.0.1:40001"}
    anything that went wrong                             → {"error": "…"}

Ends when standard input does, so that no app outlives its tests. With an app's name as argument it serves that
app until interrupted and prints its address. What an app prints goes to standard error.
"""

from __future__ import annotations

import importlib.util
import itertools
import json
import os
import socket
import sys
import traceback
from pathlib import Path
from typing import Any

APPS = Path(__file__).resolve().parent
sys.path[:0] = [str(APPS), str(APPS.parent)]

import gradio as gr  # noqa: E402 - the search path must be complete before an app is loaded

instances = itertools.count(1)

QUEUE_REST = 0.01
"""Seconds between two looks of an idle app at its queue. Gradio looks a thousand times a second, which for sixty
idle apps takes most of a core."""

# `launch` gives up on a machine too busy to answer within 3 s; who waits for the address has more patience.
gr.networking.url_ok = lambda url: True


def load(name: str, options: dict[str, str]) -> Any:
    """A fresh copy of the app's module: nothing is shared with an earlier start of it."""
    given = {f"APP_{key.upper()}": value for key, value in options.items()}
    spec = importlib.util.spec_from_file_location(f"app_{next(instances)}_{name}", APPS / f"{name}.py")
    if spec is None or spec.loader is None:
        raise LookupError(f"no app is called {name!r}")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    os.environ.update(given)
    try:
        spec.loader.exec_module(module)
    finally:
        # An app's options are its own: the next one that starts here has none of them.
        for key in given:
            os.environ.pop(key, None)
    return module


def launch(name: str, port: int, options: dict[str, str]) -> tuple[str, gr.Blocks]:
    module = load(name, options)
    chosen: dict[str, Any] = {
        "prevent_thread_lock": True,
        "quiet": True,
        "server_name": "127.0.0.1",
        "server_port": port or free_port(),
        "ssr_mode": False,
        **getattr(module, "LAUNCH", {}),
    }
    _, url, _ = module.demo.launch(**chosen)
    module.demo._queue.sleep_when_free = QUEUE_REST
    return url.rstrip("/"), module.demo


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serve(commands: Any, answers: Any) -> None:
    running: dict[str, gr.Blocks] = {}
    for line in commands:
        command = json.loads(line)
        try:
            if "stop" in command:
                running.pop(command["stop"]).close(verbose=False)
                answer = {"stopped": command["stop"]}
            else:
                url, demo = launch(command["start"], command.get("port", 0), command.get("options", {}))
                running[url] = demo
                answer = {"url": url}
        except Exception as error:  # noqa: BLE001 - whatever an app raises is an answer for the tests to show
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def main() -> None:
    if len(sys.argv) > 1:
        url, demo = launch(sys.argv[1], int(os.environ.get("PORT", "0")), {})
        print(url, flush=True)
        demo.block_thread()
        return
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    serve(sys.stdin, answers)
    # Servers run on threads that are not waited for: there is nothing left to keep.
    os._exit(0)


if __name__ == "__main__":
    main()
