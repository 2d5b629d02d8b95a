"""The harness of each bridge in turn. A bridge joins by a line in `HARNESSES`; see README.md."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import pytest

from contract.discord import DiscordHarness
from contract.harness import FakeHarness, Harness
from contract.slack import SlackHarness
from contract.terminal import TerminalHarness
from contract.web import WebHarness
from fakes.platform import TRAITS

HARNESSES: dict[str, Callable[[Path], Harness]] = {
    **{f"fake-{traits.name}": partial(FakeHarness, traits=traits) for traits in TRAITS},
    "discord": DiscordHarness,
    "slack": SlackHarness,
    "slack-streams": partial(SlackHarness, streaming="native"),
    "terminal": TerminalHarness,
    "web": WebHarness,
}


@pytest.fixture(params=HARNESSES)
async def harness(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Harness]:
    """A running core with a bridge."""
    made = HARNESSES[request.param](tmp_path)
    await made.start()
    yield made
    await made.stop()
