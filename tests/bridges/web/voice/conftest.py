"""A running web bridge with calls for each test, and a fake of whoever runs them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from fakes.taker import Ears, FakeTaker
from fakes.web_calling import PatientClock
from fakes.web_server import Served, serving


@pytest.fixture
async def taker() -> FakeTaker:
    return FakeTaker()


@pytest.fixture
def clock() -> PatientClock:
    return PatientClock()


@pytest.fixture
async def web(tmp_path: Path, taker: FakeTaker, clock: PatientClock) -> AsyncIterator[Served]:
    async with serving(tmp_path, calls=taker.calls, speech=Ears(), clock=clock) as served:
        yield served
