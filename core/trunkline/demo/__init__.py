"""The demo: a Gradio chatbot of our own that shows off everything a bridge carries over."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import MissingExtra


@contextmanager
def running_demo(folder: Path) -> Iterator[str]:
    """Serve the demo app from this process; gives its address. `folder` holds the files it makes.

    `MissingExtra` when Gradio is not installed.
    """
    try:
        from .app import build
    except ModuleNotFoundError as error:
        raise MissingExtra("The demo", "demo") from error
    app = build(folder)
    _, address, _ = app.launch(
        server_name="127.0.0.1", prevent_thread_lock=True, quiet=True, show_error=True, allowed_paths=[str(folder)]
    )
    try:
        yield str(address)
    finally:
        app.close(verbose=False)
