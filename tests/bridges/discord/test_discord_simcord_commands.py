"""Commands, menus, forms and reactions before SimCord: another reading of Discord's rules than our fake's."""

from __future__ import annotations

import discord as library
import pytest

from fakes.discord.simcord_world import World
from fakes.discord.simulated import custom_ids
from trunkline.backend import AppInput, Choice, Example, Feedback
from trunkline.inbound import (
    Configure,
    NewConversation,
    Rate,
    RenameConversation,
    Retry,
    Say,
    SwitchConversation,
    UseExample,
)
from trunkline.messages import (
    Text,
)
from trunkline.words import words
from trunkline_bridges.discord.acting.forms import settings_form

# Commands, menus and forms


async def test_every_command_is_known_and_answers(world: World) -> None:
    examples = tuple(Example(text=f"example {n} " + "x" * 200) for n in range(30))
    world.profile(examples=examples, inputs=(AppInput(1, "tone", "Tone", "text"),))
    await world.answered(Text("Hello."))
    known = set(world.ada.available_commands(world.channel))
    plain = known - {"ask", "pause", "resume"}
    assert {"retry", "undo", "clear", "stop", "settings", "examples", "history", "help", "new"} <= plain
    for name in sorted(plain, key=lambda name: name == "undo"):
        result = await world.ada.slash(world.channel, name)
        assert result.ephemeral if result.modal is None else name == "settings", name
    assert world.taken()


async def test_the_moderators_commands_are_hidden_from_others(world: World) -> None:
    assert not {"pause", "resume"} & set(world.ada.available_commands(world.channel))
    assert "/pause" not in str((await world.ada.slash(world.channel, "help")).response.components)
    mods = world.guild.create_role("mods", permissions=library.Permissions(manage_messages=True))
    carol = world.guild.add_member(world.env.create_user("carol"), roles=[mods])
    assert {"pause", "resume"} <= set(carol.available_commands(world.channel))
    assert "/pause" in str((await carol.slash(world.channel, "help")).response.components)


async def test_commands_are_written_once(world: World) -> None:
    await world.env.restart_bot(world.sim.reborn())
    written = [one for one in world.env.http_requests if one.method == "PUT" and one.path.endswith("/commands")]
    assert len(written) == 1


async def test_ask_is_answered_in_its_deferred_answer(world: World) -> None:
    result = await world.ada.slash(world.channel, "ask", message="Why?")
    assert result.deferred
    assert not result.ephemeral
    turn = await world.sim.core.begun()
    assert isinstance(turn.event.command, Say)
    await turn.finish("Because.")
    assert "Because." in result.response.content
    assert not result.followups
    assert world.taken()


async def test_examples_and_conversations_are_chosen(world: World) -> None:
    world.profile(examples=tuple(Example(text=f"example {n}") for n in range(30)))
    await world.answered(Text("Hello."))
    old = next(iter(world.sim.core.conversations_held))
    greeting = await world.ada.slash(world.channel, "new")
    assert world.heard() == NewConversation()
    await world.ada.click(greeting.response, label="example 3")
    assert world.heard() == UseExample(3)
    history = await world.ada.slash(world.channel, "history")
    await world.ada.select(history.response, [str(old)])
    assert world.heard() == SwitchConversation(old)
    opened = await world.ada.click(history.response, label="Rename")
    (field,) = custom_ids(opened.modal["components"])
    await world.ada.submit_modal(opened, {field: "Old things"})
    assert world.heard() == RenameConversation(old, "Old things")
    assert world.taken()


INPUTS = (
    AppInput(1, "system", "System prompt", "text", default="Be kind.", lines=4),
    AppInput(2, "temperature", "Temperature", "slider", default=0.7, minimum=0, maximum=2, step=0.1),
    AppInput(3, "tone", "Tone", "radio", default="a", choices=(Choice("Friendly", "a"), Choice("Brief", "b"))),
    AppInput(4, "langs", "Languages", "multiselect", choices=(Choice("German", "de"), Choice("French", "fr"))),
    AppInput(5, "web", "Search the web", "checkbox", default=True),
    AppInput(6, "model", "Model", "dropdown", default=1, choices=tuple(Choice(f"M{n}", n) for n in range(25))),
    AppInput(7, "doc", "Document", "file", many=True),
    AppInput(8, "day", "Day", "date"),
    AppInput(9, "city", "City", "dropdown", choices=tuple(Choice(f"City {n}", n) for n in range(300))),
    AppInput(10, "extra", "x" * 200, "json", default={"a": 1}, info="y" * 300),
)


async def test_settings_are_filled_in_and_survive_a_restart(world: World) -> None:
    world.profile(inputs=INPUTS)
    await world.answered(Text("Hello."))
    pages = await world.ada.slash(world.channel, "settings")
    opened = await world.ada.select(pages.response, ["0"])
    assert opened.modal["title"] == "Settings 1/2"
    await world.env.restart_bot(world.sim.reborn())
    saved = await world.ada.submit_modal(
        opened,
        {"input:1": "Be brief.", "input:2": "1.5", "input:3": "1", "input:4": ["0", "1"], "input:5": False},
    )
    assert saved.acknowledged
    command = world.heard()
    assert isinstance(command, Configure)
    assert command.values == {
        "system": "Be brief.",
        "temperature": "1.5",
        "tone": "b",
        "langs": ["de", "fr"],
        "web": False,
    }
    assert world.taken()


@pytest.mark.parametrize("page", [0, 1])
async def test_every_page_of_settings_is_a_form_simcord_takes(world: World, page: int) -> None:
    profile = world.profile(inputs=INPUTS)
    form = settings_form(profile, page, {})
    await world.answered(Text("Hello."))
    pages = await world.ada.slash(world.channel, "settings")
    opened = await world.ada.select(pages.response, [str(page)])
    fields = form["components"]
    assert isinstance(fields, list)
    assert custom_ids(opened.modal["components"]) == custom_ids(fields)
    assert world.taken()


async def test_the_menus_of_a_message(world: World) -> None:
    turn = await world.answered(Text("Hello."))
    said = await world.bob.send(world.channel, "about cats")
    opened = await world.ada.context_menu(world.channel, words("discord_ask_about"), said)
    (field,) = custom_ids(opened.modal["components"])
    await world.env.restart_bot(world.sim.reborn())
    asked = await world.ada.submit_modal(opened, {field: "Why?"})
    second = await world.sim.core.begun(max(world.sim.core.turns))
    assert isinstance(second.event.command, Say)
    assert second.event.command.parts == (Text("bob wrote:\n\n> about cats\n\nWhy?"),)
    await second.finish("Because.")
    assert "Because." in asked.response.content
    first = world.posts()[0]
    await world.ada.context_menu(world.channel, words("discord_retry_here"), first)
    assert world.heard() == Retry(turn.id)
    assert world.taken()


# What people do with messages


async def test_reactions_are_feedback_where_the_app_takes_it(world: World) -> None:
    world.profile(feedback=Feedback(like=True, dislike=True))
    turn = await world.answered(Text("Hello."))
    await world.ada.react(world.last(), "👍")
    event = world.sim.core.events[-1]
    assert isinstance(event.command, Rate)
    assert (event.command.turn, event.command.value) == (turn.id, "Like")
    assert world.taken()
