"""The real thing: a process in mid-turn ends by SIGKILL, and the next one finishes the turn."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from contract.harness import FakeHarness
from fakes.platform import TRAITS
from faults.one_life import PlatformOnDisk

TESTS = Path(__file__).parent.parent


def start(folder: Path, what: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(TESTS / "faults" / "one_life.py"), str(folder), what],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(TESTS)},
    )


def wait_for(process: subprocess.Popen[str], word: str) -> None:
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == word:
            return
    raise AssertionError(f"the process ended before it said {word!r}")


async def test_a_turn_outlives_sigkill(tmp_path: Path) -> None:
    with start(tmp_path, "wait") as first:
        wait_for(first, "shown")
        first.send_signal(signal.SIGKILL)
    assert first.returncode == -signal.SIGKILL
    with start(tmp_path, "finish") as second:
        wait_for(second, "settled")
    platform = PlatformOnDisk(tmp_path / "platform")
    assert [post.text for post in platform.seen()] == ["The answer of the second life"]
    harness = FakeHarness(tmp_path, TRAITS[1])
    await harness.start()
    assert [m.text for m in await harness.history()] == ["hello", "The answer of the second life"]
    await harness.stop()
