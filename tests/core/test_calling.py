"""Calls to a platform that are made again where that does no harm."""

from __future__ import annotations

import pytest

from fakes.clock import VirtualClock
from trunkline.calling import LONGEST_SECONDS, TRIES, Connections, patiently
from trunkline.errors import Forbidden, PlatformError, RateLimited, Unconfirmed

LIMITED = RateLimited("Slowly.", 3.0)
LOST = Unconfirmed("The answer was lost.")


class Platform:
    """Fails as it is told, then answers."""

    def __init__(self, *errors: PlatformError) -> None:
        self.errors = list(errors)
        self.calls = 0

    async def __call__(self) -> str:
        self.calls += 1
        if self.errors:
            raise self.errors.pop(0)
        return "done"


@pytest.mark.parametrize(("errors", "repeatable"), [([LIMITED], False), ([LIMITED, LOST, LIMITED], True)])
async def test_what_may_pass_is_waited_for(errors: list[PlatformError], repeatable: bool) -> None:
    platform, clock = Platform(*errors), VirtualClock(free=True)
    assert await patiently(platform, clock, repeatable=repeatable) == "done"
    assert platform.calls == len(errors) + 1
    assert clock.slept[0] == 3.0


@pytest.mark.parametrize(
    ("error", "repeatable"),
    [(LOST, False), (Forbidden("No."), True), (RateLimited("Tomorrow.", LONGEST_SECONDS + 1), True)],
)
async def test_what_may_have_been_done_or_will_not_pass_is_told_at_once(
    error: PlatformError, repeatable: bool
) -> None:
    platform = Platform(error)
    with pytest.raises(type(error)):
        await patiently(platform, VirtualClock(free=True), repeatable=repeatable)
    assert platform.calls == 1


async def test_patience_ends() -> None:
    platform = Platform(*[LIMITED] * (TRIES + 1))
    with pytest.raises(RateLimited):
        await patiently(platform, VirtualClock(free=True), repeatable=True)
    assert platform.calls == TRIES


async def test_connections_that_were_closed_are_not_opened_again() -> None:
    connections = Connections(lambda: Forbidden("The bridge has ended."))
    session = connections.session()
    assert connections.session() is session
    await connections.close()
    assert session.closed
    with pytest.raises(Forbidden, match="has ended"):
        connections.session()
