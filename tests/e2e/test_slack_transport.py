"""How Slack reaches the service, with a real Gradio app: sockets, signed HTTP, installations of workspaces."""

from __future__ import annotations

import json
import time
from urllib.parse import urlencode

import aiohttp
import pytest

from e2e.slack_room import EnterSlack, Workspace
from fakes.slack.deliveries import Delivery
from fakes.slack.installing import install
from fakes.slack.people import Person
from fakes.slack.world import Channel, Message

JSON = {"Content-Type": "application/json"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")  # by slack_sdk


async def post(room: Workspace, body: str, headers: dict[str, str]) -> int:
    """The HTTP status that a request to our address gets."""
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{room.url}/slack/events", data=body, headers=headers) as got,
    ):
        return got.status


async def test_events_commands_presses_and_forms_over_http(enter_slack: EnterSlack) -> None:
    room = await enter_slack("system_prompt", over="http")
    asked = room.asks("first")
    await room.answered("Message: first.", asked)
    form = await room.command("settings").modal()
    await room.ada.submit(form, **{"System Prompt": "Be brief", "Tokens": "100"}).answered()
    room.ada.reply(asked, "second")
    answer = await room.answered("System prompt: Be brief", asked)
    room.press(answer, "Undo")
    await room.until(lambda: len(room.ours(asked)) == 1 or None)
    await room.slack.deliveries.quiet()
    assert all(each.acknowledged and not each.failures for each in room.slack.deliveries.log)


async def test_what_is_forged_old_or_replayed_gets_401_and_touches_nothing(enter_slack: EnterSlack) -> None:
    room = await enter_slack("failing", over="http")
    asked = room.asks("one")
    await room.answered("one", asked)
    await room.slack.deliveries.quiet()
    sent = room.slack.deliveries.events("app_mention")[-1]
    body = json.dumps(sent.payload)
    signed = room.slack.deliveries.signed(room.app, body)
    calls = len(room.slack.calls)
    old = room.slack.deliveries.signed(room.app, body, at=time.time() - 301)
    for headers in ({}, {**signed, "X-Slack-Signature": "v0=" + "0" * 64}, old):
        assert await post(room, body, headers | JSON) == 401
    assert [await post(room, body, signed | JSON) for _ in range(2)] == [200, 200], "known by its key"
    act = room.command("retry")
    await act.response()
    form = urlencode(act.payload)
    again = room.slack.deliveries.signed(room.app, form) | FORM
    assert await post(room, form, again) == 401, "a command that comes again"
    await room.service.router.idle()
    assert len(room.ours(asked)) == 1
    assert len([one for one in room.slack.calls[calls:] if one.method == "chat.postMessage"]) == 0


async def test_a_forged_team_reaches_nothing(enter_slack: EnterSlack) -> None:
    room = await enter_slack("failing", over="http")
    asked = room.asks("one")
    offer = await room.answered("one", asked)
    await room.slack.deliveries.quiet()
    sent = room.slack.deliveries.events("app_mention")[-1]
    body = json.dumps(sent.payload | {"team_id": "T666", "event_id": "Ev666"})
    assert await post(room, body, room.slack.deliveries.signed(room.app, body) | JSON) == 200
    pressed = room.press(offer, "Undo")
    await room.until(lambda: room.ours(asked) == [] or None)
    forged = pressed.payload | {"team": {"id": "T666", "domain": "evil"}, "trigger_id": "1"}
    form = urlencode({"payload": json.dumps(forged)})
    await post(room, form, room.slack.deliveries.signed(room.app, form) | FORM)
    await room.service.router.idle()
    assert room.ours(asked) == []


async def test_two_workspaces_and_two_channels_at_once_share_nothing(enter_slack: EnterSlack) -> None:
    room = await enter_slack("failing", over="installed")
    globex = room.slack.workspace("globex")
    eve = globex.person("eve", admin=True)
    assert await install(room.url, room.ada) == 200
    assert await install(room.url, eve) == 200
    room.ada.invite(room.general, room.app)
    other = globex.channel("general", eve, room.app)
    asked: list[tuple[Person, Channel, Message]] = []
    for who, channel in ((room.ada, room.general), (eve, other), (room.ada, room.dm), (eve, eve.dm(room.app))):
        mention = "" if channel.kind == "im" else f"<@{who.installed(room.app).bot.id}> "
        asked.append((who, channel, who.post(channel, f"{mention}in {channel.id}")))
    for who, channel, root in asked:
        await who.waits_for(channel, f"in {channel.id}", root, 20)
        who.reply(root, "and on")
    for who, channel, root in asked:
        said = f"user: in {channel.id} | assistant: in {channel.id} | and on"
        await who.waits_for(channel, said, root, 20)
        await room.service.router.idle()
        assert len(who.sees(channel, root)) == 4
    tokens = {one.by.team_id for one in room.slack.calls if one.by is not None}
    assert tokens == {room.acme.id, globex.id}


@pytest.mark.parametrize("how", ["uninstall", "revoke"])
async def test_a_workspace_that_leaves_is_forgotten_and_the_other_goes_on(
    enter_slack: EnterSlack, how: str
) -> None:
    room = await enter_slack("typing_echo", over="installed")
    globex = room.slack.workspace("globex")
    eve = globex.person("eve")
    await install(room.url, room.ada)
    await install(room.url, eve)
    getattr(room.acme, how)(room.app)
    await room.slack.deliveries.quiet()
    asked = eve.post(eve.dm(room.app), "still here")
    await eve.waits_for(eve.dm(room.app), "You typed: still here", asked, 20)
    assert await install(room.url, room.ada) == 200, "it can be installed again"
    again = room.ada.post(room.dm, "back")
    await room.answered("You typed: back", again, room.dm)


async def test_twins_and_redeliveries_are_one_turn_over_a_restart_too(enter_slack: EnterSlack) -> None:
    room = await enter_slack("failing")
    asked = room.asks("one")
    await room.answered("one", asked)
    sent: list[Delivery] = [one for one in room.slack.deliveries.log if one.kind == "events_api"]
    assert {one.event["type"] for one in sent} >= {"app_mention", "message"}
    for one in sent:
        room.slack.deliveries.again(one)
    await room.slack.deliveries.quiet()
    await room.restart()
    for one in sent:
        room.slack.deliveries.again(one)
    await room.slack.deliveries.quiet()
    room.ada.reply(asked, "two")
    await room.answered("user: one | assistant: one | two", asked)
    assert len(room.ours(asked)) == 2


async def test_breaks_of_the_socket_lose_and_double_nothing(enter_slack: EnterSlack) -> None:
    room = await enter_slack("typing_echo")
    sockets = room.slack.sockets
    room.slack.deliveries.retry_after = (0.0, 0.5, 1.0)
    for number in range(3):
        asked = room.asks(f"number {number}")
        if number:
            await (sockets.warn, sockets.refresh)[number - 1](room.app)
        else:
            sockets.drop()
        await room.answered(f"You typed: number {number}", asked)
        await room.service.router.idle()
        assert len(room.ours(asked)) == 1
