"""What the repository's texts must not hold."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_no_pinned_set_names_a_registry() -> None:
    """A pinned set installs from whatever registry its user has; it names none."""
    names = [*(ROOT / "requirements").glob("*.txt"), *(ROOT / "widget").glob("package-lock.json")]
    assert names
    for path in names:
        text = path.read_text("utf-8")
        assert "http://" not in text
        assert "https://registry" not in text
        # An option of the installer's: the only ones that belong there are indented, the hashes.
        assert not re.search(r"^-", text, re.MULTILINE)


def test_no_merge_marker_or_task_marker_is_left() -> None:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    marks = ("<" * 7 + " ", ">" * 7 + " ", "TO" + "DO", "FIX" + "ME")
    for name in listed.splitlines():
        path = ROOT / name
        if path.suffix in {".py", ".ts", ".toml", ".yml"} and path.is_file():
            text = path.read_text("utf-8")
            assert not any(mark in text for mark in marks), f"{name} holds an unfinished mark"
