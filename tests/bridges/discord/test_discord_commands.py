"""Slash commands and message menus, and that Discord is told of them only when they changed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fakes.clock import VirtualClock
from fakes.core import FakeCore
from fakes.discord.people import Impossible, Person, text_of
from fakes.discord.server import FakeDiscord
from fakes.discord.stage import Bot, SetStage, Stage, desk_on, spot_in, talked, with_examples
from fakes.discord.world import Channel, Guild, Permission
from trunkline.backend import AppInput
from trunkline.errors import AppUnreachable
from trunkline.inbound import (
    ChooseApp,
    Clear,
    DeleteConversation,
    ForgetMe,
    Inbound,
    NewConversation,
    Pause,
    RenameConversation,
    Retry,
    Say,
    Stop,
    SwitchConversation,
    Undo,
    UseExample,
)
from trunkline.messages import Speaker
from trunkline_bridges.discord.acting.commands import command_tree, sync, wanted

# Syncing


async def test_commands_are_written_once_and_then_only_read(discord: FakeDiscord, set_stage: SetStage) -> None:
    for _ in range(3):
        async with set_stage():
            pass
    assert discord.count("PUT /applications") == 1
    assert discord.count("GET /applications/{application_id}/commands") == 3


async def test_a_changed_command_is_written_once(discord: FakeDiscord, set_stage: SetStage) -> None:
    async with set_stage():
        pass
    held = discord.commands.registered[None]
    next(iter(held.values()))["description"] = "What an older version said."
    for _ in range(2):
        async with set_stage():
            pass
    assert discord.count("PUT /applications") == 2


async def test_a_further_app_adds_its_command(discord: FakeDiscord, set_stage: SetStage) -> None:
    async with set_stage() as stage:
        assert "app" not in stage.desk.memory.commands
    async with set_stage(("demo", "other"), apps=("other",)) as stage:
        assert "app" in stage.desk.memory.commands
    assert discord.count("PUT /applications") == 2


async def test_what_discord_leaves_out_or_adds_changes_nothing(
    discord: FakeDiscord, clock: VirtualClock, acting_core: FakeCore
) -> None:
    desk = desk_on(discord, acting_core, clock)
    async with desk.rest:
        ours = wanted(command_tree(Bot(desk), desk))
        assert await sync(desk, ours)
        held = discord.commands.registered[None]
        for command in held.values():
            command |= {"name_localizations": None, "handler": 1, "contexts": [2, 0, 1]}
            command.pop("dm_permission", None)
            for option in command["options"]:
                option.pop("required", None) if not option.get("required") else None
        discord.commands.registered[None] = dict(reversed(held.items()))
        assert not await sync(desk, ours)


async def test_the_bot_starts_although_commands_cannot_be_synced(
    discord: FakeDiscord, set_stage: SetStage
) -> None:
    discord.faults.error("GET /applications/", 403)
    async with set_stage() as stage:
        assert stage.desk.memory.commands == {}


# About the conversation


@pytest.mark.parametrize(
    ("name", "command", "sentence"),
    [
        ("retry", Retry(), "I am answering again."),
        ("undo", Undo(), "Took back the last message and its reply."),
        ("stop", Stop(), "Nothing is running right now."),
        ("clear", Clear(), "Cleared. What was said before is no longer sent to the app."),
    ],
)
async def test_commands_on_the_current_conversation(
    stage: Stage, ada: Person, general: Channel, name: str, command: object, sentence: str
) -> None:
    await talked(stage, ada, general)
    told = await stage.told(ada, ada.slash(general, name))
    assert told.content == sentence
    assert stage.event().command == command


@pytest.mark.parametrize("name", ["retry", "undo", "stop", "clear", "settings", "new"])
async def test_in_a_shared_channel_only_who_asked_last_or_moderates(
    stage: Stage, ada: Person, home: Guild, general: Channel, name: str
) -> None:
    stage.core.profiles["demo"] = replace(
        stage.core.profiles["demo"], inputs=(AppInput(1, "tone", "Tone", "text"),)
    )
    bob, carol = stage.discord.person("bob", home), stage.discord.person("carol", home)
    await talked(stage, bob, general)
    refused = await stage.told(carol, carol.slash(general, name))
    assert "only" in refused.content.lower()
    assert "moderator" in refused.content
    assert [type(event.command) for event in stage.core.events] == [Say]
    for allowed in (ada, bob):
        assert await allowed.slash(general, name).response_type() in {4, 9}


async def test_in_direct_messages_everything_is_ones_own(stage: Stage, ada: Person) -> None:
    await talked(stage, ada, ada.dm)
    told = await stage.told(ada, ada.slash(ada.dm, "undo"))
    assert told.content == "Took back the last message and its reply."
    paused = await stage.told(ada, ada.slash(ada.dm, "pause"))
    assert paused.content == "Done."


async def test_moderators_pause_and_resume(stage: Stage, ada: Person, home: Guild, general: Channel) -> None:
    bob = stage.discord.person("bob", home)
    refused = await stage.told(bob, bob.slash(general, "pause"))
    assert refused.content == "Only moderators can do this: who may manage messages here."
    mod = stage.discord.person("mod", home)
    stage.discord.role(home, "mods", mod, permissions=Permission.MANAGE_MESSAGES)
    await mod.slash(general, "pause").response_type()
    await mod.slash(general, "resume").response_type()
    assert [event.command for event in stage.core.events] == [Pause(True), Pause(False)]


async def test_forgetting_is_confirmed_first(stage: Stage, ada: Person, general: Channel) -> None:
    await talked(stage, ada, general)
    shown = await stage.told(ada, ada.slash(general, "forget"))
    assert not isinstance(stage.event().command, ForgetMe)
    assert await ada.click(shown, "Erase").response_type() == 7
    assert stage.event().command == ForgetMe()
    assert text_of(shown) == "Erased."


async def test_new_begins_a_conversation_and_shows_what_it_begins_with(
    stage: Stage, ada: Person, general: Channel
) -> None:
    with_examples(stage, 7)
    shown = await stage.told(ada, ada.slash(general, "new"))
    assert stage.event().command == NewConversation()
    assert "## Demo" in text_of(shown)
    assert await ada.click(shown, "example 4").response_type() == 6
    assert stage.event().command == UseExample(4)
    assert stage.event().target["asked"] == "-# **Ada** asked: example 4"
    every = await stage.told(ada, ada.click(shown, "All examples"))
    assert "7. example 6" in text_of(every)


async def test_three_hundred_examples_can_all_be_chosen(stage: Stage, ada: Person, general: Channel) -> None:
    with_examples(stage, 300)
    act = ada.slash(general, "examples")
    await stage.told(ada, act)
    await stage.discord.world.until(lambda: len(act.follow_ups) == 2)
    assert act.original is not None
    offered = [
        int(one["value"])
        for message in (act.original, *act.follow_ups)
        for row in message.components[0]["components"]
        if row["type"] == 1
        for select in row["components"]
        for one in select["options"]
    ]
    assert offered == list(range(300))
    assert await ada.choose(act.follow_ups[1], ["299"], "tl:examples:0:11").response_type() == 6
    assert stage.event().command == UseExample(299)


async def test_help_names_what_the_app_can_do(stage: Stage, ada: Person, general: Channel) -> None:
    shown = text_of(await stage.told(ada, ada.slash(general, "help")))
    assert f"</undo:{stage.desk.memory.commands['undo']}>" in shown
    assert "</examples:" not in shown
    assert "</app:" not in shown
    demo = stage.core.profiles["demo"]
    stage.core.profiles["demo"] = replace(demo, abilities=replace(demo.abilities, undo=False))
    with_examples(stage, 1)
    shown = text_of(await stage.told(ada, ada.slash(general, "help")))
    assert "</undo:" not in shown
    assert "</examples:" in shown


async def test_an_app_that_is_down_is_said(stage: Stage, ada: Person, general: Channel) -> None:
    stage.core.app_down = AppUnreachable("The app cannot be reached: is it running?")
    told = await stage.told(ada, ada.slash(general, "examples"))
    assert told.content == "The app cannot be reached: is it running?"


# Conversations


async def test_history_switches_renames_and_deletes(stage: Stage, ada: Person, general: Channel) -> None:
    await talked(stage, ada, general)
    first = stage.event()
    old = next(iter(stage.core.conversations_held))
    await ada.slash(general, "new").response_type()
    shown = await stage.told(ada, ada.slash(general, "history"))
    assert await ada.choose(shown, [str(old)]).response_type() == 7
    assert stage.event().command == SwitchConversation(old)
    opened = ada.click(shown, "Rename")
    assert await opened.response_type() == 9
    assert await ada.submit(opened, Title="Old  things").response_type() == 7
    assert stage.event().command == RenameConversation(old, "Old things")
    assert await ada.click(shown, "Delete").response_type() == 7
    assert "Old things" in text_of(shown)
    assert isinstance(stage.event().command, RenameConversation)
    assert await ada.click(shown, "Delete").response_type() == 7
    assert stage.event().command == DeleteConversation(old)
    assert old not in stage.core.conversations_held
    assert first.place == stage.event().place


async def test_history_comes_in_pages(stage: Stage, ada: Person) -> None:
    for _ in range(60):
        await stage.core.accept(
            Inbound(
                f"new{_}",
                await stage.desk.place(spot_in(ada.dm), str(ada.id)),
                Speaker("discord", str(ada.id), ada.user.name),
                NewConversation(f"talk {_}"),
                0.0,
            )
        )
    shown = await stage.told(ada, ada.slash(ada.dm, "history"))
    seen = []
    for label in ("Earlier", "Earlier", ""):
        select = shown.components[0]["components"][1]["components"][0]
        seen += [option["label"] for option in select["options"]]
        if label:
            assert await ada.click(shown, label).response_type() == 7
    assert sorted(seen) == sorted(f"talk {n}" for n in range(60))


async def test_a_conversation_of_another_place_is_refused(
    stage: Stage, ada: Person, home: Guild, general: Channel
) -> None:
    secret = stage.discord.channel(home, "secret")
    await talked(stage, ada, secret)
    hidden = next(iter(stage.core.conversations_held))
    await talked(stage, ada, general)
    shown = await stage.told(ada, ada.slash(general, "history"))
    refused = await stage.told(ada, ada.press_stale(shown, f"tl:delete:{hidden}:1"))
    assert refused.content == "That conversation does not exist here (any more)."
    assert hidden in stage.core.conversations_held


# Apps


async def test_apps_are_completed_and_chosen(
    acting_core: FakeCore, set_stage: SetStage, ada: Person, general: Channel
) -> None:
    core = acting_core
    core.profiles["other"] = replace(core.profiles["demo"], name="other", title="Other")
    async with set_stage(("demo", "other"), apps=("other",)) as stage:
        typing = ada.complete(general, "app", "name", name="OTH")
        await typing.response_type()
        assert typing.choices == [{"name": "other", "value": "other"}]
        await ada.slash(general, "app", name="other").response_type()
        event = core.events[-1]
        assert (event.command, event.place.app) == (ChooseApp(), "other")
        refused = await stage.told(ada, ada.slash(general, "app", name="secret"))
        assert refused.content.startswith("There is no app named secret here")
        shown = await stage.told(ada, ada.slash(general, "app"))
        assert await ada.choose(shown, ["demo"]).response_type() == 7
        assert core.events[-1].place.app == "demo"


# Whom it is for


async def test_who_may_not_use_the_bot_is_told_so(
    discord: FakeDiscord, set_stage: SetStage, ada: Person, general: Channel
) -> None:
    async with set_stage(block_users=(str(ada.id),), direct_messages=False) as stage:
        bob = discord.person("bob")
        for who, channel in ((ada, general), (bob, bob.dm)):
            for name, options in (("ask", {"message": "hello"}), ("history", {})):
                told = await stage.told(who, who.slash(channel, name, **options))
                assert told.content == "You are not allowed to use this bot here."
        assert stage.core.events == []


async def test_commands_are_offered_in_every_kind_of_place(stage: Stage, ada: Person) -> None:
    for command in stage.discord.commands.registered[None].values():
        assert sorted(command["contexts"]) == [0, 1, 2]
        assert sorted(command["integration_types"]) == [0, 1]
    with pytest.raises(Impossible):
        ada.slash(ada.dm, "app")
