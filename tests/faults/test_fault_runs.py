"""One seed of the fault run in every test run, and the ledger's own test."""

from __future__ import annotations

import pytest

from faults import discord, slack, voice, web
from faults.ledger import Count, Standing, answer_to, count, selftest


def test_the_ledger_counts_what_was_done_on_purpose() -> None:
    found = dict(selftest(["a", "b", "c"]))
    assert found["clean"] == Count(received=3, answered=3)
    assert found["lost"] == Count(received=3, answered=2, lost=1)
    assert found["doubled"] == Count(received=3, answered=2, doubled=1)
    assert found["swapped"] == Count(received=3, answered=3, disordered=2)
    assert [name for name, counted in found.items() if counted.clean] == ["clean"]


def test_a_failure_is_no_loss_and_a_wrong_answer_is() -> None:
    shown = [Standing("a", (), failed=True), Standing("b", ("You said c.",)), Standing("c", (answer_to("c"),))]
    assert count(["a", "b", "c"], shown) == Count(received=3, answered=1, failed=1, lost=1)


@pytest.mark.apps
@pytest.mark.timeout(600)
async def test_nothing_is_lost_doubled_or_disordered_on_the_web() -> None:
    counted = await web.run(seed=7, turns=20, kills=1)
    assert counted.received == 20
    assert counted.clean, counted.line("faults web")


@pytest.mark.apps
@pytest.mark.timeout(600)
async def test_nothing_is_lost_doubled_or_disordered_on_discord() -> None:
    counted = await discord.run(seed=7, turns=20, kills=1)
    assert counted.received == 20
    assert counted.clean, counted.line("faults discord")


@pytest.mark.apps
@pytest.mark.timeout(600)
async def test_nothing_is_lost_doubled_or_disordered_on_slack() -> None:
    counted = await slack.run(seed=7, turns=20, kills=1)
    assert counted.received == 20
    assert counted.clean, counted.line("faults slack")


@pytest.mark.apps
@pytest.mark.timeout(600)
async def test_nothing_that_was_heard_is_lost_doubled_or_disordered_in_calls() -> None:
    counted = await voice.run(seed=7, turns=8, kills=1)
    assert counted.received >= 4
    assert counted.clean, counted.line("faults voice")
