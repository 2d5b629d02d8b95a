"""What `render` gives is taken by a Discord that enforces its limits: a reply of everything, to its final."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from fakes.clock import VirtualClock
from fakes.core import FolderShelf
from fakes.discord.people import Person
from fakes.discord.sending import bridge_of, target
from fakes.discord.server import FakeDiscord
from fakes.discord.world import Channel
from fakes.samples import png, wav
from trunkline.backend import AppProfile, Feedback
from trunkline.bridge import Shown, View
from trunkline.messages import Artifact, Media, Message, Notice, Option, Part, Reply, Text, Thought
from trunkline.reconcile import Create, Edit, reconcile
from trunkline.words import words
from trunkline_bridges.discord.limits import CAPABILITIES
from trunkline_bridges.discord.render import render

PROFILE = AppProfile(
    "app", "http://app", "6", "chat_interface", "injected", feedback=Feedback(like=True, others=tuple("abcde"))
)
LONG = "Words about **nothing** in particular, @everyone <@12>.\n\n```py\nx = 1\n```\n\n" * 60


async def everything(shelf: FolderShelf) -> tuple[Part, ...]:
    picture = await shelf.put(png(), mime="image/png", name="p.png", limit=10_000)
    sound = await shelf.put(wav(), mime="audio/wav", name="s.wav", limit=10_000)
    return (
        Thought("Plan", (Thought("Search", (Text("found"),), duration=2.1),), duration=3.0),
        Text(LONG),
        Media("image", picture, "p.png", "image/png", caption="A *picture*"),
        Media("image", picture, "p.png", "image/png"),
        Media("audio", sound, "s.wav", "audio/wav"),
        Media("html", spec="<p>Words</p>"),
    )


@pytest.mark.usefixtures("unlimited")
@pytest.mark.parametrize("layout", [True, False])
async def test_every_post_is_taken(
    discord: FakeDiscord, ada: Person, general: Channel, clock: VirtualClock, tmp_path: Path, layout: bool
) -> None:
    shelf = FolderShelf(tmp_path)
    bridge = bridge_of(discord, clock, shelf, components_v2=layout)
    parts = await everything(shelf)
    options = tuple(Option(f"Option {number}") for number in range(300))
    running = Reply((Message("assistant", parts[:2]),), notices=(Notice("progress", "Painting", progress=0.5),))
    final = Reply(
        (Message("assistant", parts, options),),
        (Artifact("code", "Program", "x = 1\n" * 400, "python"), Artifact("json", "Data", {"a": 1})),
        state="final",
    )
    where = target(general, clock, ada.post(general, "go"))
    view = View(PROFILE, 7, target=where, options={"components_v2": layout}, words=words)
    standing: list[Shown] = []
    for reply, seen in ((running, view), (final, view), (final, replace(view, newest=False, chosen=250))):
        wanted = render(reply, seen, standing, clock.now())
        for operation in reconcile(standing, wanted, final=not reply.running, capabilities=CAPABILITIES):
            if isinstance(operation, Create):
                made = await bridge.create(where, operation.post, f"nonce{len(standing)}", standing)
                standing.append(Shown(made, operation.post))
            else:
                assert isinstance(operation, Edit)
                await bridge.edit(where, operation.shown, operation.post)
                standing[standing.index(operation.shown)] = Shown(operation.shown.id, operation.post)
    await bridge.close()
    posts = discord.world.history(general.id)[1:]
    assert [one.post.key.partition(":")[0] for one in standing] == ["reply"] * 3 + ["media"] * 2
    assert [len(post.attachments) for post in posts] == [0, 0, 0, 2, 3]
    assert not any(post.mentions or post.mention_everyone for post in posts)
    assert posts[3].attachments[0].description == "A *picture*"
    assert "Option 250" in str(posts[2].components)
