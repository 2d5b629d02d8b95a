"""The whole bridge before SimCord: what it sends passes another reading of Discord's rules than our fake's."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import discord as library
import pytest
import simcord
from PIL import Image

from fakes.core import FakeTurn
from fakes.discord.simulated import Simulation, custom_ids, simulation
from trunkline.backend import AppInput, AppProfile, Choice, Example, Feedback
from trunkline.bridge import Post, Shown, View
from trunkline.errors import PlatformError
from trunkline.inbound import (
    Choose,
    Command,
    Configure,
    NewConversation,
    Rate,
    RenameConversation,
    Retry,
    Say,
    Stop,
    SwitchConversation,
    Undo,
    UseExample,
)
from trunkline.messages import (
    Artifact,
    Json,
    Link,
    Media,
    MediaKind,
    Message,
    Notice,
    Option,
    Part,
    Reply,
    Text,
    Thought,
)
from trunkline.words import words
from trunkline_bridges.discord.acting.forms import settings_form
from trunkline_bridges.discord.render import render

_CONTAINER, _TEXT, _GALLERY = 17, 10, 12


@dataclass
class World:
    sim: Simulation
    env: Any
    guild: Any
    channel: Any
    ada: Any
    bob: Any

    async def ask(self, text: str = "hello", who: Any = None) -> FakeTurn:
        before = max(self.sim.core.turns, default=0)
        await (who or self.ada).send(self.channel, f"<@{self.sim.me}> {text}")
        await self.sim.until(lambda: max(self.sim.core.turns, default=0) > before)
        return await self.sim.core.begun()

    async def answered(self, *parts: Part, options: Sequence[Option] = (), **more: Any) -> FakeTurn:
        turn = await self.ask()
        await turn.finish(reply(*parts, options=options, **more))
        return turn

    def posts(self) -> list[library.Message]:
        """Those of the bot, the oldest first."""
        return [one for one in self.channel.history() if one.author.id == self.sim.me]

    def last(self) -> library.Message:
        return self.posts()[-1]

    def stored(self, message: Any) -> list[dict[str, Any]]:
        """The components of a message as SimCord holds them."""
        return list(self.env.backend.get_message(self.channel.id, message.id).components)

    async def held(self, data: bytes, name: str, mime: str, kind: MediaKind, **more: Any) -> Media:
        blob = await self.sim.core.media.put(data, mime=mime, name=name, limit=10**8)
        return Media(kind, blob, name, mime, **more)

    def profile(self, **more: Any) -> AppProfile:
        profiles = self.sim.core.profiles
        profiles["demo"] = replace(profiles["demo"], **more)
        return profiles["demo"]

    def view(self, turn: FakeTurn, **more: Any) -> View:
        options = self.sim.desk.options.model_dump(mode="json")
        return View(
            self.sim.core.profiles["demo"], turn.id, turn.event.target, options=options, words=words, **more
        )

    def heard(self) -> Command:
        """What the core was asked for last."""
        return self.sim.core.events[-1].command

    def taken(self) -> bool:
        """SimCord took everything, and nothing went wrong on its way."""
        return not self.sim.front.refused and not self.env.errors


def reply(*parts: Part, options: Sequence[Option] = (), **more: Any) -> Reply:
    said = (Message("assistant", parts, options=tuple(options)),) if parts or options else ()
    return Reply(said, **{"state": "final"} | more)


def choices(count: int) -> tuple[Option, ...]:
    return tuple(Option(f"value {n}", f"Option {n} " + "x" * 200) for n in range(count))


def picture(size: int = 8) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (size, size), (200, 30, size)).save(made, "PNG")
    return made.getvalue()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with simulation(tmp_path) as sim:
        # Not `simcord.run`: fixtures are torn down in another context than they were set up in.
        env = simcord.Env(sim.bot)
        await env.start()
        guild = env.create_guild("Home")
        channel = guild.create_text_channel("general")
        ada, bob = (guild.add_member(env.create_user(name)) for name in ("ada", "bob"))
        yield World(sim, env, guild, channel, ada, bob)
        await env.shutdown()


# Replies


async def test_a_reply_is_streamed_by_edits_of_one_message(world: World) -> None:
    turn = await world.ask("Why?")
    turn.show("Bec")
    await world.sim.until(world.posts)
    assert world.last().content == "Bec"
    assert custom_ids(world.stored(world.last())) == [f"tl:stop:{turn.id}:0"]
    await turn.finish("Because.")
    (post,) = world.posts()
    assert post.content == "Because."
    assert post.reference is not None
    assert post.reference.message_id == int(turn.event.message_id)
    controls = [one.split(":")[1] for one in custom_ids(world.stored(post))]
    assert controls == ["retry", "undo", "rate", "rate"]
    assert world.taken()


async def test_stop_is_pressed_while_it_runs(world: World) -> None:
    turn = await world.ask()
    turn.show("Half")
    await world.sim.until(world.posts)
    result = await world.ada.click(world.last(), label="Stop")
    assert result.acknowledged
    assert world.heard() == Stop(turn.id)
    assert world.taken()


@pytest.mark.parametrize("count", [1, 20, 21, 25, 60, 100, 101, 300])
async def test_options_fit_and_the_last_can_be_chosen(world: World, count: int) -> None:
    turn = await world.answered(Text("Which?"), options=choices(count))
    controls = [one for row in world.stored(world.last()) for one in row["components"]]
    if count <= 20:
        await world.ada.click(world.last(), custom_id=f"tl:option:{turn.id}:{count - 1}")
    else:
        shown: Any = world.last()
        while not any(str(count - 1) in values(one) for one in controls):
            (more,) = [one["custom_id"] for one in controls if one["custom_id"].startswith("tl:more:")]
            shown = (await world.ada.click(shown, custom_id=more)).response
            controls = [one for row in _rows(shown.components) for one in row["components"]]
        (last,) = [one["custom_id"] for one in controls if str(count - 1) in values(one)]
        await world.ada.select(shown, [str(count - 1)], custom_id=last)
    event = world.sim.core.events[-1]
    assert isinstance(event.command, Choose)
    assert event.command.index == count - 1
    assert world.taken()


def values(control: Mapping[str, Any]) -> list[str]:
    return [one["value"] for one in control.get("options", ())]


def _rows(components: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for one in components:
        found += [one] if one["type"] == 1 else _rows(one.get("components", ()))
    return found


async def test_what_was_chosen_takes_the_place_of_the_options(world: World) -> None:
    turn = await world.answered(Text("Which?"), options=choices(30))
    post = world.last()
    (drawn,) = render(turn.reply, world.view(turn, newest=False, chosen=7), (), 0.0)
    await world.sim.bridge.edit(turn.event.target, Shown(str(post.id), drawn), drawn)
    (button,) = world.stored(post)[0]["components"]
    assert button["disabled"]
    assert button["label"].startswith("Option 7 ")
    with pytest.raises(Exception, match="disabled"):
        await world.ada.click(world.last(), custom_id=button["custom_id"])
    assert world.taken()


THINKING = Thought(
    "Searching",
    (Text("**found** it"), Thought("Reading", (Text("page"),), log="GET /\n200", duration=0.4)),
    duration=2.1,
)
KINDS: Mapping[str, tuple[tuple[Part, ...], dict[str, Any]]] = {
    "nothing": ((), {}),
    "text": ((Text("# Title\n\n- a\n  - b\n\n> q\n\n|a|b|\n|-|-|\n|1|2|\n\n$x^2$ @everyone ||no||"),), {}),
    "code": ((Text("```python\n" + "x = 1\n" * 900 + "```"),), {}),
    "long": ((Text("A sentence of **words**.\n\n" * 500),), {}),
    "very long": ((Text("A sentence of **words**.\n\n" * 4000),), {}),
    "wide signs": ((Text("👩‍👩‍👧‍👦" * 3000),), {}),
    "thoughts": ((THINKING, Text("Here.")), {}),
    "failed": ((), {"state": "failed", "error": "The app " + "failed " * 400}),
    "stopped": ((Text("Half"),), {"state": "stopped"}),
    "notices": ((Text("Done."),), {"notices": (Notice("warning", "*careful*" * 100, "Look"),)}),
    "artifacts": (
        (Text("Done."),),
        {
            "artifacts": (
                Artifact("code", "Script", "x = 1\n" * 1000, "python"),
                Artifact("json", "Result", {"a": [1, 2]}),
                Artifact("table", "Table", {"headers": ["a", "b"], "data": [[1, "x" * 90]] * 90}),
                Artifact("text", "Note", "Keep it."),
            )
        },
    ),
    "plot": ((Media("plot", spec={"type": "plotly", "plot": '{"data": [{"y": [1, 2]}], "layout": {}}'}),), {}),
    "elsewhere": ((Media("image", Link("https://x.org/a.png"), "a.png", "image/png", caption="A"),), {}),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layout", [True, False], ids=["layout", "plain"])
async def test_every_kind_of_reply_is_taken(world: World, kind: str, layout: bool) -> None:
    world.sim.desk.options = world.sim.desk.options.model_copy(update={"components_v2": layout})
    parts, more = KINDS[kind]
    turn = await world.ask()
    made = reply(*parts, **more)
    posts = render(made, world.view(turn), (), 0.0)
    shown: list[Shown] = []
    for number, post in enumerate(posts):
        made_id = await world.sim.bridge.create(turn.event.target, post, f"n{number}", shown)
        shown.append(Shown(made_id, post))
    assert [str(one.id) for one in world.posts()] == [one.id for one in shown]
    assert posts
    for one in shown:
        if one.post.mutability == "replace":
            await world.sim.bridge.edit(turn.event.target, one, one.post)
    assert world.taken()


async def test_pictures_are_a_gallery_with_their_words(world: World) -> None:
    pictures = [
        await world.held(picture(8 + n), f"p{n}.png", "image/png", "image", caption=f"Picture {n}", group="g")
        for n in range(12)
    ]
    files = [await world.held(b"%PDF-1.4", f"f{n}.pdf", "application/pdf", "file") for n in range(11)]
    await world.answered(Text("All of them:"), *pictures, *files)
    galleries = [one for post in world.posts() for one in walked(world.stored(post)) if one["type"] == _GALLERY]
    items = [item for gallery in galleries for item in gallery["items"]]
    assert [item["description"] for item in items] == [f"Picture {n}" for n in range(12)]
    assert all(item["media"]["url"].startswith("https://") for item in items)
    assert sum(len(post.attachments) for post in world.posts()) == 23
    assert world.taken()


def walked(components: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for one in components:
        found += [one, *walked(one.get("components", ()))]
    return found


async def test_a_layout_that_has_lost_its_files_is_still_a_layout(world: World) -> None:
    one = await world.held(picture(), "p.png", "image/png", "image", caption="Gone")
    turn = await world.ask()
    posts = render(reply(Text("See:"), one), world.view(turn), (), 0.0)
    world.sim.core.media.path(one.source.sha256).unlink()  # type: ignore[union-attr]
    for number, post in enumerate(posts):
        await world.sim.bridge.create(turn.event.target, post, f"n{number}", ())
    assert len(world.posts()) == 2
    assert "p.png" in str(world.stored(world.last())) + world.last().content
    assert world.taken()


async def test_a_message_never_leaves_the_newer_layout(world: World) -> None:
    turn = await world.ask()
    body: dict[str, Json] = {"flags": 1 << 15, "components": [{"type": _TEXT, "content": "New"}]}
    layout = Post("a", body)
    made = await world.sim.bridge.create(turn.event.target, layout, "n", ())
    with pytest.raises(PlatformError):
        await world.sim.bridge.edit(turn.event.target, Shown(made, layout), Post("a", {"content": "Old"}))
    assert len(world.sim.front.refused) == 1


# Controls


@pytest.mark.parametrize(
    ("label", "command"),
    [("Retry", Retry), ("Undo", Undo), ("Like", Rate), ("Dislike", Rate)],
)
async def test_controls_work_after_a_restart(world: World, label: str, command: type) -> None:
    turn = await world.answered(Text("Hello."))
    post = world.last()
    await world.env.restart_bot(world.sim.reborn())
    result = await world.ada.click(post, label=label)
    assert result.acknowledged
    event = world.sim.core.events[-1]
    assert isinstance(event.command, command)
    assert getattr(event.command, "turn", turn.id) == turn.id
    assert world.taken()


async def test_thoughts_open_after_a_restart_for_the_one_who_asks(world: World) -> None:
    await world.answered(THINKING, Text("Here."))
    post = world.last()
    await world.env.restart_bot(world.sim.reborn())
    result = await world.bob.click(post, label="Thoughts")
    assert result.ephemeral
    (container,) = result.response.components
    assert container["type"] == _CONTAINER
    (text,) = container["components"]
    assert text["content"].startswith("### ✓ Searching · 2.1 s\n**found** it\n- ✓ **Reading** · 0.4 s")
    assert world.taken()


async def test_only_who_asked_or_moderates_may_retry(world: World) -> None:
    await world.answered(Text("Hello."))
    heard = len(world.sim.core.events)
    refused = await world.bob.click(world.last(), label="Retry")
    assert refused.ephemeral
    assert refused.response.content == words("not_yours")
    assert len(world.sim.core.events) == heard
    mods = world.guild.create_role("mods", permissions=library.Permissions(manage_messages=True))
    carol = world.guild.add_member(world.env.create_user("carol"), roles=[mods])
    await carol.click(world.last(), label="Retry")
    assert isinstance(world.heard(), Retry)
    assert world.taken()


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
