"""What the tests of the terminal bridge share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fakes.backend import ScriptedBackend
from fakes.console import FakeConsole
from fakes.talking import Terminal


@pytest.fixture
def backend() -> ScriptedBackend:
    return ScriptedBackend()


@pytest.fixture
def terminal(tmp_path: Path, backend: ScriptedBackend) -> Terminal:
    return Terminal(tmp_path, backend)


@pytest.fixture
def screen() -> Callable[..., FakeConsole]:
    """A console of a person who sits before a screen."""
    return lambda **more: FakeConsole(keys=True, screen=True, **more)
