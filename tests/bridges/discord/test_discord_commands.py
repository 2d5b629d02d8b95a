"""Slash commands and message menus, and that Discord is told of them only when they changed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.clock import VirtualClock
from fakes.discord.people import Impossible, Person, text_of
from fakes.discord.server import FakeDiscord
from fakes.discord.stage import Bot, Stage, answered, core_on, desk_on, spot_in, staged
from fakes.discord.world import Channel, Guild, Permission
from trunkline.backend import AppInput, Example
from trunkline.bridge import Answer
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
from trunkline.messages import Media, Speaker, Text
from trunkline.words import words
from trunkline_bridges.discord.acting.commands import command_tree, sync, wanted


@pytest.fixture
async def stage(
    discord: FakeDiscord, clock: VirtualClock, unlimited: None, tmp_path: Path
) -> AsyncIterator[Stage]:
    core = core_on(discord, tmp_path, clock)
    async with staged(desk_on(discord, core, clock), discord, core, clock) as made:
        yield made


# Syncing


async def test_commands_are_written_once_and_then_only_read(
    discord: FakeDiscord, clock: VirtualClock, unlimited: None, tmp_path: Path
) -> None:
    core = core_on(discord, tmp_path, clock)
    for _ in range(3):
        async with staged(desk_on(discord, core, clock), discord, core, clock):
            pass
    assert discord.count("PUT /applications") == 1
    assert discord.count("GET /applications/{application_id}/commands") == 3


async def test_a_changed_command_is_written_once(
    discord: FakeDiscord, clock: VirtualClock, unlimited: None, tmp_path: Path
) -> None:
    core = core_on(discord, tmp_path, clock)
    async with staged(desk_on(discord, core, clock), discord, core, clock):
        pass
    held = discord.commands.registered[None]
    next(iter(held.values()))["description"] = "What an older version said."
    for _ in range(2):
        async with staged(desk_on(discord, core, clock), discord, core, clock):
            pass
    assert discord.count("PUT /applications") == 2


async def test_a_further_app_adds_its_command(
    discord: FakeDiscord, clock: VirtualClock, unlimited: None, tmp_path: Path
) -> None:
    core = core_on(discord, tmp_path, clock)
    async with staged(desk_on(discord, core, clock), discord, core, clock) as stage:
        assert "app" not in stage.desk.memory.commands
    desk = desk_on(discord, core, clock, ("demo", "other"), apps=("other",))
    async with staged(desk, discord, core, clock):
        assert "app" in desk.memory.commands
    assert discord.count("PUT /applications") == 2


async def test_what_discord_leaves_out_or_adds_changes_nothing(
    discord: FakeDiscord, clock: VirtualClock, unlimited: None, tmp_path: Path
) -> None:
    desk = desk_on(discord, core_on(discord, tmp_path, clock), clock)
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
    discord: FakeDiscord, clock: VirtualClock, unlimited: None, tmp_path: Path
) -> None:
    discord.faults.error("GET /applications/", 403)
    core = core_on(discord, tmp_path, clock)
    async with staged(desk_on(discord, core, clock), discord, core, clock) as stage:
        assert stage.desk.memory.commands == {}


# Asking


async def test_ask_is_answered_in_the_deferred_answer(stage: Stage, ada: Person, general: Channel) -> None:
    act = ada.slash(general, "ask", message="Why *is* it so?", file=("a.txt", b"because"))
    assert await act.response_type() == 5
    turn = await stage.core.begun()
    assert isinstance(turn.event.command, Say)
    text, file = turn.event.command.parts
    assert text == Text("Why *is* it so?")
    assert isinstance(file, Media)
    assert (file.name, file.kind) == ("a.txt", "file")
    target = turn.event.target
    assert target["asked"] == "-# **Ada** asked: Why \\*is\\* it so?"
    assert (target["token"], target["original"], target["until"]) == (act.token, True, stage.clock.now() + 840)
    await turn.finish("So it is.")
    assert "So it is." in text_of(ada.sees(general)[-1])
    assert ada.sees(general)[-1] is act.original


async def test_ask_is_deferred_before_it_is_stored(stage: Stage, ada: Person, general: Channel) -> None:
    released = hold(stage)
    act = ada.slash(general, "ask", message="hello")
    assert await act.response_type() == 5
    assert not stage.core.turns
    released.set()
    await stage.core.begun()


def hold(stage: Stage) -> asyncio.Event:
    released, accept = asyncio.Event(), stage.core.accept

    async def waiting(event: Inbound) -> Answer:
        await released.wait()
        return await accept(event)

    stage.core.accept = waiting  # type: ignore[method-assign]
    return released


async def test_a_refused_question_is_answered_to_its_asker_alone(
    stage: Stage, ada: Person, home: Guild, general: Channel
) -> None:
    bob = stage.discord.person("bob", home)
    stage.core.denies = "Enough for today."
    act = ada.slash(general, "ask", message="hello")
    told = await answered(stage, act)
    assert (told.content, told.only_for) == ("Enough for today.", ada.id)
    assert bob.sees(general) == []


async def test_ask_after_too_long_is_answered_in_the_channel(stage: Stage, ada: Person, general: Channel) -> None:
    stage.discord.interactions.to_answer = -1.0
    ada.slash(general, "ask", message="hello")
    turn = await stage.core.begun()
    assert "token" not in turn.event.target
    await turn.finish("Here.")
    assert "Here." in ada.texts(general)[-1]


async def test_a_file_that_is_gone_does_not_hold_up_the_rest(stage: Stage, ada: Person, general: Channel) -> None:
    stage.desk.options = stage.desk.options.model_copy(update={"file_bytes": 3})
    act = ada.slash(general, "ask", message="hello", file=("a.txt", b"four"))
    turn = await stage.core.begun()
    assert isinstance(turn.event.command, Say)
    assert turn.event.command.parts == (Text("hello"),)
    asked, why = str(turn.event.target["asked"]).split("\n")
    assert asked == "-# **Ada** asked: hello"
    assert why.startswith("-# a.txt")
    await act.response_type()


async def test_a_user_installed_app_answers_in_a_foreign_server(stage: Stage, ada: Person) -> None:
    abroad = stage.discord.guild("Abroad", ada, with_bot=False)
    square = stage.discord.channel(abroad, "square")
    act = ada.slash(square, "ask", message="hello")
    assert await act.response_type() == 5
    turn = await stage.core.begun()
    assert (turn.event.target["foreign"], turn.event.target["original"]) == (True, True)
    assert turn.event.place.team == str(abroad.id)
    await turn.finish("Hello from afar.")
    assert "Hello from afar." in ada.texts(square)[-1]
    retry = ada.slash(square, "retry")
    assert (await answered(stage, retry)).content == "I am answering again."
    assert stage.event().target["token"] == retry.token


async def test_a_foreign_example_goes_by_the_token_of_its_button(stage: Stage, ada: Person) -> None:
    with_examples(stage, 3)
    abroad = stage.discord.guild("Abroad", ada, with_bot=False)
    square = stage.discord.channel(abroad, "square")
    shown = await stage.told(ada, ada.slash(square, "examples"))
    pressed = ada.click(shown, "2. example 1")
    assert await pressed.response_type() == 6
    event = stage.event()
    assert (event.command, event.target["token"], event.target["foreign"]) == (UseExample(1), pressed.token, True)
    assert "original" not in event.target


# About the conversation


async def talked(stage: Stage, who: Person, channel: Channel) -> int:
    """A question by command that was answered; its turn."""
    before = max(stage.core.turns, default=0)
    await who.slash(channel, "ask", message="hello").response_type()
    await stage.until(lambda: max(stage.core.turns, default=0) > before)
    turn = await stage.core.begun()
    await turn.finish("Hello!")
    return turn.id


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


def with_examples(stage: Stage, count: int) -> None:
    examples = tuple(Example(text=f"example {n}") for n in range(count))
    stage.core.profiles["demo"] = replace(stage.core.profiles["demo"], examples=examples)


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
    discord: FakeDiscord, clock: VirtualClock, unlimited: None, tmp_path: Path, ada: Person, general: Channel
) -> None:
    core = core_on(discord, tmp_path, clock)
    core.profiles["other"] = replace(core.profiles["demo"], name="other", title="Other")
    desk = desk_on(discord, core, clock, ("demo", "other"), apps=("other",))
    async with staged(desk, discord, core, clock) as stage:
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


# Menus


async def test_a_question_about_a_message_quotes_it(
    stage: Stage, ada: Person, home: Guild, general: Channel
) -> None:
    bob = stage.discord.person("bob", home)
    message = bob.post(general, "first\nsecond", files=[("b.txt", b"bees")])
    opened = ada.menu(message, "Ask about this")
    assert await opened.response_type() == 9
    asked = ada.submit(opened, **{"Your question": "What is meant?"})
    assert await asked.response_type() == 5
    turn = await stage.core.begun()
    assert isinstance(turn.event.command, Say)
    text, file = turn.event.command.parts
    assert text == Text("Bob wrote:\n\n> first\n> second\n\nWhat is meant?")
    assert isinstance(file, Media)
    assert turn.event.target["asked"] == "-# **Ada** asked: What is meant?"
    await turn.finish("Bees.")
    assert "Bees." in text_of(ada.sees(general)[-1])


async def test_a_question_is_submitted_after_a_restart(
    stage: Stage, ada: Person, home: Guild, general: Channel
) -> None:
    message = ada.post(general, "about cats")
    opened = ada.menu(message, "Ask about this")
    await opened.response_type()
    stage.forget()
    await ada.submit(opened, question="Why?").response_type()
    turn = await stage.core.begun()
    assert isinstance(turn.event.command, Say)
    assert turn.event.command.parts == (Text("Ada wrote:\n\n> about cats\n\nWhy?"),)


async def test_a_message_that_is_gone_meanwhile_is_said(stage: Stage, ada: Person, general: Channel) -> None:
    message = ada.post(general, "about cats")
    opened = ada.menu(message, "Ask about this")
    await opened.response_type()
    stage.forget()
    ada.delete(message)
    told = await answered(stage, ada.submit(opened, question="Why?"))
    assert told.content == "That message cannot be read any more: use its menu again."
    assert told.only_for == ada.id


async def test_where_nothing_was_said_there_is_nothing_to_retry(
    stage: Stage, ada: Person, general: Channel
) -> None:
    assert (await answered(stage, ada.slash(general, "retry"))).content == words("nothing_to_repeat")
    assert stage.core.events == []


async def test_retry_from_a_message_drops_what_came_later(
    stage: Stage, ada: Person, home: Guild, general: Channel
) -> None:
    first = await talked(stage, ada, general)
    post = ada.sees(general)[-1]
    await talked(stage, ada, general)
    told = await stage.told(ada, ada.menu(post, "Retry from here"))
    assert told.content == "I am answering again."
    assert stage.event().command == Retry(first)
    other = ada.post(general, "by the way")
    told = await stage.told(ada, ada.menu(other, "Retry from here"))
    assert told.content == "That message belongs to nothing that I answered here."
    bob = stage.discord.person("bob", home)
    told = await stage.told(bob, bob.menu(post, "Retry from here"))
    assert told.content == "Only who asked, or a moderator, can do this."


# Whom it is for


async def test_who_may_not_use_the_bot_is_told_so(
    discord: FakeDiscord, clock: VirtualClock, unlimited: None, tmp_path: Path, ada: Person, general: Channel
) -> None:
    core = core_on(discord, tmp_path, clock)
    desk = desk_on(discord, core, clock, block_users=(str(ada.id),), direct_messages=False)
    async with staged(desk, discord, core, clock) as stage:
        bob = discord.person("bob")
        for who, channel in ((ada, general), (bob, bob.dm)):
            for name, options in (("ask", {"message": "hello"}), ("history", {})):
                told = await stage.told(who, who.slash(channel, name, **options))
                assert told.content == "You are not allowed to use this bot here."
        assert core.events == []


async def test_commands_are_offered_in_every_kind_of_place(stage: Stage, ada: Person) -> None:
    for command in stage.discord.commands.registered[None].values():
        assert sorted(command["contexts"]) == [0, 1, 2]
        assert sorted(command["integration_types"]) == [0, 1]
    with pytest.raises(Impossible):
        ada.slash(ada.dm, "app")
