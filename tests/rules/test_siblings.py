"""The bridges are alike: the same core of files, and a platform's library only where it belongs."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from trunkline.app import descriptors

BRIDGES = Path(__file__).parents[2] / "bridges" / "trunkline_bridges"
NAMES = sorted(path.name for path in BRIDGES.iterdir() if (path / "__init__.py").is_file())
FILES = ("__init__.py", "bridge.py", "parse.py", "render.py", "limits.py", "options.py", "README.md")
PURE = ("parse.py", "render.py", "limits.py", "options.py")
PLATFORM_LIBRARIES = frozenset(
    {"aiohttp", "discord", "slack_bolt", "slack_sdk", "rich", "prompt_toolkit", "asyncio"}
)


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_bridge_has_the_files_of_its_siblings(name: str) -> None:
    assert [file for file in FILES if not (BRIDGES / name / file).is_file()] == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("file", PURE)
def test_parse_and_render_never_import_a_platform(name: str, file: str) -> None:
    assert _imports(BRIDGES / name / file) & PLATFORM_LIBRARIES == set()


def test_every_bridge_is_found_by_its_entry_point() -> None:
    assert sorted(descriptor.name for descriptor in descriptors()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_descriptor_loads_without_its_platform(name: str) -> None:
    """`/preview` and `check` work where a platform's library is not installed."""
    code = (
        f"import sys, trunkline_bridges.{name}; "
        "print([m for m in ('aiohttp', 'discord', 'slack_bolt', 'rich') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
