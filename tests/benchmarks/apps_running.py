"""Starts an app of `apps/` in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

APPS = Path(__file__).parent / "apps"
# An app slows down by itself as it collects analytics; these settings keep it the same over a run.
ENVIRONMENT = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000000",
    "HF_HUB_OFFLINE": "1",
}


@contextmanager
def running_app(name: str) -> Iterator[str]:
    """The address of the app, which says it on its first line."""
    process = subprocess.Popen(
        [sys.executable, str(APPS / f"{name}.py")],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **ENVIRONMENT},
    )
    try:
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        if not url.startswith("http"):
            raise RuntimeError(f"the app {name} did not start")
        yield url
    finally:
        process.terminate()
        process.wait(10)
        if process.stdout is not None:
            process.stdout.close()
