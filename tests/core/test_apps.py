"""Apps are connected once, by whoever needs them first."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from fakes.backend import ScriptedBackend, profile
from fakes.clock import settle
from trunkline.apps import Apps
from trunkline.backend import AppProfile
from trunkline.errors import AppUnreachable, UsageError


class Waking(ScriptedBackend):
    """An app that takes its time to connect."""

    def __init__(self) -> None:
        super().__init__(profile())
        self.awake = asyncio.Event()

    async def connect(self, tell: Callable[[str], None] | None = None) -> AppProfile:
        self.connects += 1
        await self.awake.wait()
        if self.refuses is not None:
            raise self.refuses
        return self.profile


async def test_everybody_shares_one_attempt_and_what_it_ends_with() -> None:
    app = Waking()
    apps = Apps({"app": app})
    waiting = [asyncio.create_task(apps.connected("app")) for _ in range(5)]
    await settle()
    app.refuses = AppUnreachable("Nobody answers.")
    app.awake.set()
    ended = await asyncio.gather(*waiting, return_exceptions=True)
    assert ended == [app.refuses] * 5
    assert app.connects == 1
    assert not apps.is_connected("app")


async def test_the_next_call_tries_again_and_the_profile_is_there_then() -> None:
    app = ScriptedBackend()
    app.refuses = AppUnreachable("Nobody answers.")
    apps = Apps({"app": app})
    with pytest.raises(AppUnreachable):
        await apps.connected("app")
    assert apps.profile("app").title == ""
    app.refuses = None
    assert await apps.connected("app") is app
    assert await apps.connected("app") is app
    assert app.connects == 2
    assert apps.profile("app").title == "The app"


async def test_who_stops_waiting_does_not_end_the_attempt_for_the_others() -> None:
    app = Waking()
    apps = Apps({"app": app})
    first, second = (asyncio.create_task(apps.connected("app")) for _ in range(2))
    await settle()
    first.cancel()
    await settle()
    app.awake.set()
    assert await second is app


async def test_an_app_that_is_not_in_the_settings_is_named_with_those_that_are() -> None:
    apps = Apps({"a": ScriptedBackend(), "b": ScriptedBackend()})
    with pytest.raises(UsageError, match=r"named 'c'.*There is: a, b"):
        await apps.connected("c")
    assert apps.names == ("a", "b")


async def test_closing_ends_attempts() -> None:
    app = Waking()
    apps = Apps({"app": app})
    waiting = asyncio.create_task(apps.connected("app"))
    await settle()
    await apps.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
