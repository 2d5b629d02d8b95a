"""Spaces found by name at a local double of the hub, and woken."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from fakes.hub import HubDouble, Space
from trunkline.errors import AppUnreachable, LoginFailed, NotGradio, SpaceNotRunning
from trunkline.gradio import spaces
from trunkline.gradio.spaces import is_space, resolve

APP = "http://127.0.0.1:9"


@pytest.fixture
async def hub(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[HubDouble]:
    monkeypatch.setattr(spaces, "_POLLS", (0.0,))
    async with HubDouble() as double:
        monkeypatch.setenv("HF_ENDPOINT", double.url)
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield double


async def test_an_address_is_used_as_it_is() -> None:
    assert await resolve("http://app.test/chat/", None) == "http://app.test/chat"


@pytest.mark.parametrize("target", ["", "localhost", "a b/c", "one/two/three"])
async def test_what_is_neither_address_nor_space_is_refused(target: str) -> None:
    assert not is_space(target)
    with pytest.raises(NotGradio, match="neither an address"):
        await resolve(target, None)


async def test_a_running_space_is_its_host(hub: HubDouble) -> None:
    space = await hub.add(Space("ann/chat", APP))

    assert await resolve("ann/chat", None) == space.host


async def test_the_public_hub_is_asked_unless_another_is_named(
    hub: HubDouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = await hub.add(Space("ann/chat", APP))
    assert spaces.HUB.startswith("https://")

    monkeypatch.delenv("HF_ENDPOINT")
    monkeypatch.setattr(spaces, "HUB", hub.url)

    assert await resolve("ann/chat", None) == space.host


async def test_a_sleeping_space_is_woken_and_waited_for(hub: HubDouble) -> None:
    space = await hub.add(Space("ann/chat", APP, stage="SLEEPING"))
    said: list[str] = []

    assert await resolve("ann/chat", None, said.append) == space.host

    assert space.requests[:1] == [("GET", "/", "")]
    assert [
        sentence.removeprefix("The Space ann/chat ").split(":")[0].split(",")[0].rstrip(".") for sentence in said
    ] == [
        "sleeps",
        "is being built",
        "is starting",
    ]


async def test_a_space_that_is_being_built_is_waited_for_without_a_visit(hub: HubDouble) -> None:
    space = await hub.add(Space("ann/chat", APP, stage="BUILDING", _ahead=["BUILDING", "APP_STARTING", "RUNNING"]))

    assert await resolve("ann/chat", None) == space.host

    assert space.requests == []


@pytest.mark.parametrize("stage", ["PAUSED", "RUNTIME_ERROR", "BUILD_ERROR", "NO_APP_FILE", "SOMETHING_NEW"])
async def test_a_space_that_will_not_run(hub: HubDouble, stage: str) -> None:
    await hub.add(Space("ann/chat", APP, stage=stage))

    with pytest.raises(SpaceNotRunning, match="ann/chat"):
        await resolve("ann/chat", None)


async def test_a_space_that_does_not_wake_in_time(hub: HubDouble, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spaces, "WAKE_SECONDS", -1.0)
    await hub.add(Space("ann/chat", APP, stage="BUILDING"))

    with pytest.raises(SpaceNotRunning, match="did not start"):
        await resolve("ann/chat", None)


async def test_a_private_space_needs_the_token(hub: HubDouble) -> None:
    space = await hub.add(Space("ann/secret", APP, private=True))

    with pytest.raises(LoginFailed, match="token"):
        await resolve("ann/secret", None)
    with pytest.raises(LoginFailed):
        await resolve("ann/secret", "hf_wrong")
    assert await resolve("ann/secret", "hf_right") == space.host


async def test_a_space_that_does_not_exist(hub: HubDouble) -> None:
    with pytest.raises(LoginFailed, match="nobody/nothing"):
        await resolve("nobody/nothing", None)


async def test_a_hub_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")

    with pytest.raises(AppUnreachable, match="hub"):
        await resolve("ann/chat", None)
