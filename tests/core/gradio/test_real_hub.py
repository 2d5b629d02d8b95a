"""Spaces by name, against a hub of our own with real apps behind it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import huggingface_hub
import pytest
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError

from fakes.fixtures import Connect, Converse, StartApp
from fakes.gradio_apps import Version
from fakes.hub import HubDouble, Space
from trunkline.errors import AppUnreachable, LoginFailed, SpaceNotRunning

pytestmark = pytest.mark.apps


@pytest.fixture
async def hub(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[HubDouble]:
    async with HubDouble() as double:
        monkeypatch.setenv("HF_ENDPOINT", double.url)
        monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
        monkeypatch.setenv("HF_TOKEN", "")
        yield double


async def test_the_double_answers_hugging_face_s_own_client(hub: HubDouble) -> None:
    await hub.add(Space("ann/open", "http://127.0.0.1:9"))
    await hub.add(Space("ann/hidden", "http://127.0.0.1:9", private=True, stage="PAUSED"))
    api = huggingface_hub.HfApi(endpoint=hub.url, token=False)

    info = await asyncio.to_thread(api.space_info, "ann/open")
    runtime = await asyncio.to_thread(api.get_space_runtime, "ann/hidden", token=hub.token)

    assert (info.host, info.private) == (hub.spaces["ann/open"].host, False)
    assert runtime.stage == "PAUSED"
    for name in ("ann/hidden", "ann/absent"):
        with pytest.raises(RepositoryNotFoundError):
            await asyncio.to_thread(api.space_info, name)
    with pytest.raises(HfHubHTTPError) as refused:
        await asyncio.to_thread(api.space_info, "ann/open", token="hf_wrong")
    assert refused.value.response.status_code == 401


async def test_a_space_that_runs(
    gradio_app: StartApp, converse: Converse, hub: HubDouble, version: Version
) -> None:
    await hub.add(Space("ann/chat", gradio_app("memory", version)))

    chat = await converse("ann/chat")

    await chat.say("one")
    assert (await chat.say("two")).text == "user: one | assistant: now: one | now: two"


async def test_a_private_space_needs_its_token(
    gradio_app: StartApp, connect: Connect, converse: Converse, hub: HubDouble, version: Version
) -> None:
    space = await hub.add(Space("ann/chat", gradio_app("yes_or_no", version), private=True))

    for token in (None, "hf_wrong"):
        with pytest.raises(AppUnreachable) as refused:
            await connect("ann/chat", hf_token=token)
        assert isinstance(refused.value, LoginFailed)
        assert "ann/chat" in refused.value.user_message
        assert "hf_wrong" not in refused.value.user_message
    chat = await converse("ann/chat", hf_token=hub.token)
    assert (await chat.say("even")).text == "Yes"
    assert {token for _, _, token in space.requests} == {hub.token}


async def test_a_space_that_sleeps_is_woken(gradio_app: StartApp, converse: Converse, hub: HubDouble) -> None:
    space = await hub.add(Space("ann/chat", gradio_app("yes_or_no"), stage="SLEEPING"))

    chat = await converse("ann/chat")

    assert (await chat.say("odd")).text == "No"
    assert space.stage == "RUNNING"


async def test_a_space_that_is_being_built_is_waited_for(
    gradio_app: StartApp, converse: Converse, hub: HubDouble
) -> None:
    space = Space("ann/chat", gradio_app("yes_or_no"), stage="BUILDING")
    space.build("APP_STARTING", "RUNNING")
    await hub.add(space)

    assert (await (await converse("ann/chat")).say("even")).text == "Yes"


@pytest.mark.parametrize("stage", ["PAUSED", "RUNTIME_ERROR", "BUILD_ERROR", "NO_APP_FILE"])
async def test_a_space_that_will_not_run(connect: Connect, hub: HubDouble, stage: str) -> None:
    await hub.add(Space("ann/chat", "http://127.0.0.1:9", stage=stage))

    with pytest.raises(SpaceNotRunning) as refused:
        await connect("ann/chat")

    assert "ann/chat" in refused.value.user_message
    assert "\n" not in refused.value.user_message


async def test_a_space_that_does_not_exist(connect: Connect, hub: HubDouble) -> None:
    with pytest.raises(AppUnreachable) as refused:
        await connect("ann/absent")

    assert "ann/absent" in refused.value.user_message
    assert refused.value.exit_status == 3
