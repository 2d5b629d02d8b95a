"""The whole bridge before SimCord: what it sends passes another reading of Discord's rules than our fake's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import discord as library
import pytest

from fakes.discord.simcord_world import World, choices, picture, reply
from fakes.discord.simulated import custom_ids
from trunkline.bridge import Post, Shown
from trunkline.errors import PlatformError
from trunkline.inbound import (
    Choose,
    Rate,
    Retry,
    Stop,
    Undo,
)
from trunkline.messages import (
    Artifact,
    Json,
    Link,
    Media,
    Notice,
    Part,
    Text,
    Thought,
)
from trunkline.words import words
from trunkline_bridges.discord.render import render

_CONTAINER, _TEXT, _GALLERY = 17, 10, 12


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
    controls = [one for row in world.stored(world.offer()) for one in row["components"]]
    if count <= 20:
        await world.ada.click(world.offer(), custom_id=f"tl:option:{turn.id}:{count - 1}")
    else:
        shown: Any = world.offer()
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
    post = world.offer()
    *_, drawn = render(turn.reply, world.view(turn, newest=False, chosen=7), (), 0.0)
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
