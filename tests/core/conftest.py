"""A running core for each test, with a fake app and a fake platform."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from contract.harness import FakeHarness


@pytest.fixture
async def harness(tmp_path: Path) -> AsyncIterator[FakeHarness]:
    # Loaded here and not above: most tests need no store.
    from contract.harness import FakeHarness
    from fakes.platform import TRAITS

    made = FakeHarness(tmp_path, TRAITS[0])
    await made.start()
    yield made
    await made.stop()
