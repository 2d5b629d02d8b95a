"""Slash commands: which conversation they act on, that they say which; two workspaces at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from slack_sdk.oauth.installation_store import Installation

from fakes.clock import VirtualClock
from fakes.slack.apps import App
from fakes.slack.listening import Listener, options_of
from fakes.slack.people import Person
from fakes.slack.pressing import COMMAND, Stage, pressing, set_up
from fakes.slack.server import FakeSlack
from fakes.slack.workspaces import Workspace
from fakes.slack.world import Channel
from fakes.vault import MemoryVault
from trunkline.backend import AppInput, AppProfile, Example
from trunkline.errors import AppUnreachable
from trunkline.inbound import (
    ChooseApp,
    Clear,
    Configure,
    DeleteConversation,
    ForgetMe,
    NewConversation,
    RenameConversation,
    Retry,
    Stop,
    SwitchConversation,
    Undo,
)
from trunkline_bridges.slack.acting.menu import SUBCOMMANDS, read_command, useful
from trunkline_bridges.slack.hearing.installing import Installations

pytestmark = pytest.mark.usefixtures("unlimited")


@pytest.fixture
def app(slack: FakeSlack, acme: Workspace) -> App:
    return set_up(slack, acme)


@pytest.fixture
def core(core: Listener) -> Listener:
    core.profiles["other"] = AppProfile("other", "http://other", "6", "chat", "injected", title="Other")
    return core


@pytest.fixture
async def stage(
    slack: FakeSlack, app: App, core: Listener, clock: VirtualClock, general: Channel
) -> AsyncIterator[Stage]:
    async with pressing(slack, app, core, clock, command_apps={"/other": "other"}) as made:
        yield made


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("", ("help", "")),
        ("  RETRY ", ("retry", "")),
        ("app  other", ("app", "other")),
        ("ask stop it", ("ask", "stop it")),
        ("why is the sky blue?", ("ask", "why is the sky blue?")),
    ],
)
def test_the_word_behind_the_command(text: str, read: tuple[str, str]) -> None:
    assert read_command(text) == read


def test_only_what_the_app_can_do_is_offered() -> None:
    bare = AppProfile("demo", "http://app", "6", "chat", "injected")
    assert {"settings", "examples", "app"}.isdisjoint(useful(bare, several=False))
    full = AppProfile(
        "demo",
        "http://app",
        "6",
        "chat",
        "injected",
        inputs=(AppInput(1, "a", "A", "text"),),
        examples=(Example("x"),),
    )
    assert useful(full, several=True) == tuple(SUBCOMMANDS)


async def test_a_command_acts_on_the_newest_conversation_of_the_caller_and_names_it(
    stage: Stage, ada: Person, bob: Person, general: Channel
) -> None:
    first = await stage.asked(ada, general, "the first of mine")
    await first.finish("one")
    second = await stage.asked(ada, general, "the second of mine")
    await second.finish("two")
    await (await stage.asked(bob, general, "of somebody else")).finish("three")
    said = await stage.said(ada.slash(general, COMMAND, "retry"), ada)
    assert said == "In “the second of mine”: I am answering again."
    event = stage.event()
    assert event.command == Retry()
    assert event.place == second.event.place
    assert event.target["thread"] == second.event.target["thread"]
    again = await stage.core.begun()
    assert await stage.said(ada.slash(general, COMMAND, "stop"), ada) == "In “the second of mine”: Stopped."
    assert stage.event().command == Stop()
    await again.ended.wait()
    assert "Took back" in await stage.said(ada.slash(general, COMMAND, "undo"), ada)
    assert stage.event().command == Undo()


async def test_without_a_conversation_a_command_says_so(
    stage: Stage, ada: Person, bob: Person, general: Channel
) -> None:
    await (await stage.asked(bob, general)).finish()
    heard = len(stage.core.events)
    for word in ("retry", "undo", "stop", "clear", "settings"):
        assert "no conversation here yet" in await stage.said(ada.slash(general, COMMAND, word), ada)
    assert len(stage.core.events) == heard


async def test_a_conversation_that_others_went_on_with_is_not_cleared(
    stage: Stage, ada: Person, bob: Person, general: Channel
) -> None:
    turn = await stage.asked(ada, general)
    await turn.finish()
    await (await stage.asked(bob, general, "me too", thread=turn.event.place.thread)).finish()
    assert "who asked last" in await stage.said(ada.slash(general, COMMAND, "clear"), ada)
    assert "Cleared" in await stage.said(bob.slash(general, COMMAND, "clear"), bob)
    assert stage.event().command == Clear()
    assert stage.event().place == turn.event.place


async def test_a_command_of_its_own_talks_to_its_app_from_then_on(
    stage: Stage, ada: Person, general: Channel
) -> None:
    await stage.done(ada.slash(general, "/other", "hello"))
    chosen, asked = stage.core.events
    assert isinstance(chosen.command, ChooseApp)
    assert chosen.place == asked.place
    assert asked.place.app == "other"
    assert chosen.event_key != asked.event_key
    await (await stage.core.begun()).finish("hi")
    turn = await stage.asked(ada, general, "more", thread=asked.place.thread)
    assert turn.event.place == asked.place


async def test_an_app_is_chosen_for_a_channel_and_its_threads(stage: Stage, ada: Person, general: Channel) -> None:
    assert "/trunkline app" not in (await stage.said(ada.slash(general, COMMAND, "app nothing"), ada))
    shown = await ada.slash(general, COMMAND, "app").response()
    said = ada.choose(shown, "other")
    assert "From now on you talk to other here." in await _changed(stage, ada, said)
    assert isinstance(stage.event().command, ChooseApp)
    turn = await stage.asked(ada, general)
    assert turn.event.place.app == "other"


async def _changed(stage: Stage, who: Person, act: object) -> str:
    await stage.done(act)  # type: ignore[arg-type]
    message = act.message  # type: ignore[attr-defined]
    await stage.slack.world.until(lambda: message.edits)
    return who.text(message)


async def test_new_says_how_a_thread_is_begun(stage: Stage, app: App, ada: Person, general: Channel) -> None:
    stage.profile(examples=(Example("What is 2 + 2?"),), description="Adds **numbers**.")
    assert "Mention me in a new message" in await stage.said(ada.slash(general, COMMAND, "new"), ada)
    said = await stage.said(ada.slash(ada.dm(app), COMMAND, "new"), ada)
    assert "Write me a new message" in said
    assert "Adds *numbers*." in said
    assert stage.core.events == []


async def test_with_one_history_per_channel_new_and_history_are_the_channels(
    slack: FakeSlack, app: App, core: Listener, clock: VirtualClock, ada: Person, general: Channel
) -> None:
    async with pressing(slack, app, core, clock, history="channel") as stage:
        await (await stage.asked(ada, general, "the first")).finish()
        first = stage.event().place
        assert first.thread == ""
        await ada.slash(general, COMMAND, "new").response()
        assert stage.event().command == NewConversation()
        assert stage.event().place == first
        await (await stage.asked(ada, general, "the second")).finish()
        shown = await ada.slash(general, COMMAND, "history").response()
        old = min(core.conversations_held)
        assert "Done." in await _changed(stage, ada, ada.choose(shown, "the first"))
        assert stage.event().command == SwitchConversation(old)
        opened = await ada.click(shown, "Rename").modal()
        await ada.submit(opened, Title=" Sums  of two ").answered()
        assert stage.event().command == RenameConversation(old, "Sums of two")
        await _changed(stage, ada, ada.click(shown, "Delete"))
        assert stage.event().command == DeleteConversation(old)


async def test_history_links_to_the_threads_of_the_caller(
    stage: Stage, acme: Workspace, ada: Person, bob: Person, general: Channel
) -> None:
    mine = await stage.asked(ada, general, "mine | <one>")
    await mine.finish()
    await (await stage.asked(bob, general, "not mine")).finish()
    answer = await ada.slash(general, COMMAND, "history").response()
    said = str(answer.blocks)
    assert (
        f"https://app.slack.com/client/{acme.id}/{general.id}/thread/{general.id}-{mine.event.place.thread}"
        in said
    )
    assert "mine ¦ &lt;one&gt;" in said
    assert "not mine" not in said


async def test_help_says_what_there_is_and_forget_asks_first(stage: Stage, ada: Person, general: Channel) -> None:
    said = await stage.said(ada.slash(general, COMMAND), ada)
    assert f"`{COMMAND} retry`" in said
    assert f"`{COMMAND} settings`" not in said
    shown = await ada.slash(general, COMMAND, "forget").response()
    assert stage.core.events == []
    await _changed(stage, ada, ada.click(shown, "Erase"))
    assert isinstance(stage.event().command, ForgetMe)


async def test_an_app_that_is_away_and_a_person_who_may_not_are_told(
    slack: FakeSlack, app: App, core: Listener, clock: VirtualClock, ada: Person, bob: Person, general: Channel
) -> None:
    async with pressing(slack, app, core, clock, block_users=(bob.id,), direct_messages=False) as stage:
        core.app_down = AppUnreachable("Nobody answers at the app's address.")
        assert "Nobody answers" in await stage.said(ada.slash(general, COMMAND, "examples"), ada)
        assert "not allowed" in await stage.said(bob.slash(general, COMMAND, "help"), bob)
        assert "not allowed" in await stage.said(ada.slash(ada.dm(app), COMMAND, "help"), ada)
        assert core.events == []


async def test_a_command_is_acknowledged_in_time_however_slow_the_app(
    stage: Stage, ada: Person, general: Channel, clock: VirtualClock
) -> None:
    go = asyncio.Event()
    profile = stage.core.profile

    async def slow(app: str) -> AppProfile:
        await go.wait()
        return await profile(app)

    stage.core.profile = slow  # type: ignore[method-assign]
    act = ada.slash(general, COMMAND, "help")
    while 1.8 not in clock.slept:
        await clock.somebody_sleeps()
        await asyncio.sleep(0)
    await clock.advance(1.8)
    await stage.done(act)
    go.set()
    assert f"{COMMAND} retry" in await stage.said(act, ada)


async def test_two_workspaces_at_once_and_nothing_crosses(
    slack: FakeSlack, acme: Workspace, app: App, clock: VirtualClock, tmp_path: Path, ada: Person, general: Channel
) -> None:
    elsewhere = slack.workspace("elsewhere")
    elsewhere.install(app)
    eve = elsewhere.person("ada")
    lobby = elsewhere.channel("general", eve, app)
    core, vault = Listener(slack, app, tmp_path, clock), MemoryVault(clock.now)
    core.profiles["demo"] = replace(core.profiles["demo"], inputs=(AppInput(1, "heat", "Heat", "number", 1),))
    settings: dict[str, Any] = {"client_id": app.client_id, "client_secret": app.client_secret, "bot_token": ""}
    installations = Installations(vault, options_of(slack, app, **settings), clock, core.api.client)
    for install in app.installs.values():
        await installations.async_save(
            Installation(
                app_id=app.id,
                user_id="U0",
                team_id=install.team_id,
                bot_token=install.token,
                bot_id=install.bot.bot_id,
                bot_user_id=install.bot.id,
                installed_at=clock.now(),
            )
        )
    core.api.tokens = installations.token
    async with pressing(slack, app, core, clock, vault=vault, **settings) as stage:
        for who, channel, mention in (
            (ada, general, app.mention),
            (eve, lobby, f"<@{app.installs[eve.user.team_id].bot.id}>"),
        ):
            who.post(channel, f"{mention} from {channel.teams[0]}")
        await core.until(lambda: len(core.turns) == 2)
        for turn in list(core.turns.values()):
            await (await core.begun(turn.id)).finish("four")
        shown = [who.slash(channel, COMMAND, "settings") for who, channel in ((ada, general), (eve, lobby))]
        views = [await act.modal() for act in shown]
        await stage.done(eve.submit(views[1], Heat="2"))
        await stage.done(ada.submit(views[0], Heat="3"))
        saved = {event.place.team: event.command for event in core.events[-2:]}
        assert saved == {elsewhere.id: Configure({"heat": 2}), acme.id: Configure({"heat": 3})}
        acts = ada.slash(general, COMMAND, "undo"), eve.slash(lobby, COMMAND, "undo")
        assert f"In “from {acme.id}”" in await stage.said(acts[0], ada)
        assert f"In “from {elsewhere.id}”" in await stage.said(acts[1], eve)
        undone = {event.place.team: event.place.channel for event in core.events[-2:]}
        assert undone == {acme.id: general.id, elsewhere.id: lobby.id}
        ada.open_home(app)
        eve.open_home(app)
        await slack.world.until(lambda: ada.home(app) and eve.home(app))
    await core.end()
