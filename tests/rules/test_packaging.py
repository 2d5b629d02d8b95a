"""What is shipped: a wheel that holds both source roots and the built widget, and no package named `core`."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from importlib import resources
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NEEDED = (
    "trunkline/py.typed",
    "trunkline/store/migrations/env.py",
    "trunkline_bridges/py.typed",
    "trunkline_bridges/web/protocol/v1.schema.json",
    "trunkline_bridges/web/static/widget.js",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_holds_what_a_user_needs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    assert [name for name in NEEDED if name not in names] == []
    assert {name.partition("/")[0] for name in names} <= {"trunkline", "trunkline_bridges"} | {
        name.partition("/")[0] for name in names if ".dist-info/" in name
    }


def test_every_built_file_of_the_widget_is_in_the_wheel(wheel: Path) -> None:
    static = ROOT / "bridges" / "trunkline_bridges" / "web" / "static"
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    built = [path for path in static.iterdir() if path.is_file() and not path.name.startswith(".")]
    assert built
    assert [path.name for path in built if f"trunkline_bridges/web/static/{path.name}" not in names] == []


def test_the_widget_opens_from_the_wheel(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    code = (
        "from importlib import resources; "
        "print(len(resources.files('trunkline_bridges.web').joinpath('static/widget.js').read_bytes()))"
    )
    command = [sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(tmp_path)!r}); {code}"]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    assert int(told) > 1_000


def test_the_widget_opens_from_the_editable_install() -> None:
    assert len(resources.files("trunkline_bridges.web").joinpath("static/widget.js").read_bytes()) > 1_000


def test_nothing_imports_through_a_source_root() -> None:
    """`core.` or `bridges.` would load a second copy of every module."""
    for folder in ("core", "bridges", "tests"):
        for path in (ROOT / folder).rglob("*.py"):
            for line in path.read_text("utf-8").splitlines():
                assert not line.startswith(("import core", "from core", "import bridges", "from bridges")), path
