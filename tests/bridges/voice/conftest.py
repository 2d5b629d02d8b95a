"""Calls in virtual time."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from fakes import telephone
from fakes.telephone import Telephone


@pytest.fixture
async def ring(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[Telephone]]]:
    """`telephone.ring`; the calls end with the test."""
    made: list[Telephone] = []

    @functools.wraps(telephone.ring)
    async def make(**wanted: Any) -> Telephone:
        made.append(await telephone.ring(tmp_path, **wanted))
        return made[-1]

    yield make
    for phone in made:
        await phone.hang_up()
