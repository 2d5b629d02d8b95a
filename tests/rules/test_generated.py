"""Files that are made from the code are up to date."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from trunkline.app import descriptors
from trunkline.generated import files, main
from trunkline.settings import load

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("path", list(files(ROOT)), ids=lambda path: path.name)
def test_generated_files_are_up_to_date(path: Path) -> None:
    assert path.read_text("utf-8") == files(ROOT)[path], "run: make fix"


def test_a_stale_file_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["--check"]) == 1
    assert main([]) == 0
    assert main(["--check"]) == 0


def test_the_example_can_be_read_as_settings(tmp_path: Path) -> None:
    """Every line of the example, its comment signs taken off, is a setting that we take."""
    lines = (ROOT / "settings.example.toml").read_text("utf-8").splitlines()
    settings = [line.removeprefix("# ") if re.match(r"# \w+ = ", line) else line for line in lines]
    example = tmp_path / "trunkline.toml"
    example.write_text("\n".join(line for line in settings if not line.startswith("#")), "utf-8")
    loaded = load(descriptors(), file=example, environment={})
    plain = load(descriptors(), overrides={"apps": {"default": {"url": "http://127.0.0.1:7860"}}}, environment={})
    assert loaded.model_dump() == plain.model_dump()
