"""The operator's preview: everything that `render` gives is drawn, nothing is loaded from elsewhere."""

from __future__ import annotations

import pytest

from fakes.drawn import MEDIA, OPTIONS, PROGRAM, SAMPLE, harmful, page_of, turn
from fakes.hostile import VECTORS
from trunkline.bridge import TurnView
from trunkline.messages import Artifact, Blob, Json, Media, Message, Notice, Option, Reply, Text, Thought
from trunkline_bridges.discord import descriptor
from trunkline_bridges.discord.options import DiscordOptions
from trunkline_bridges.discord.preview_text import text_html
from trunkline_bridges.web.sample import sample_turns

SETTINGS = DiscordOptions().model_dump(mode="json", exclude={"token"})


def page(*turns: TurnView, **options: Json) -> str:
    return page_of(descriptor.preview, turns, {**SETTINGS, **options})


def test_the_sample_is_drawn() -> None:
    html = page(*sample_turns(1000.0))
    for mark in (*SAMPLE, '<p class="small">✓ Plan the trip', "Departures"):
        assert mark in html, mark


def test_every_kind_of_post_is_drawn() -> None:
    html = page(turn(Reply((Message("assistant", (Text("Hello"), *MEDIA), OPTIONS),), (PROGRAM,), state="final")))
    for part in (
        '<div class="gallery n2">', "/media/aaaa/p.png", "<audio controls", "<video controls", "r.pdf</a>",
        "plot.png", "page.html", "Program.py", "<select ", "Option 29",
    ):  # fmt: skip
        assert part in html, part
    plain = page(turn(Reply((Message("assistant", MEDIA),), state="final")), components_v2=False)
    assert 'alt="One"' in plain


def test_a_running_reply_says_since_when() -> None:
    thought = Thought("Search", status="pending")
    html = page(turn(Reply((Message("assistant", (thought,)),), notices=(Notice("progress", progress=0.5),))))
    assert '⏳ Search · started <time class="ago">0 seconds ago</time>' in html
    assert ">Stop</button>" in html


def test_thoughts_open_as_the_button_opens_them() -> None:
    thought = Thought("Search", (Text("found *it*"),), log="GET /")
    html = page(turn(Reply((Message("assistant", (thought, Text("x"))),), state="final")))
    aside = html[html.index('<details class="aside">') :]
    assert "found <em>it</em>" in aside
    assert "GET /" in aside


def test_times_and_small_print_are_discords() -> None:
    assert text_html("-# 1. <t:40:R>", 100.0) == ('<p class="small">1. <time class="ago">1 minute ago</time></p>')
    assert text_html("\\<t:40:R>", 100.0) == "<p>&lt;t:40:R&gt;</p>"
    assert text_html("```\n-# x\n```\n-# y", 0.0).startswith(
        '<pre tabindex="0"><code>-# x</code></pre><p class="small">'
    )


@pytest.mark.parametrize("vector", VECTORS)
def test_hostile_texts_run_and_load_nothing(vector: str) -> None:
    thought = Thought(vector, (Text(vector),), log=vector)
    media = Media("html", spec=vector, name=vector, caption=vector, alt=vector)
    picture = Media("image", Blob("a" * 64, 5), vector, "image/png", vector, vector)
    artifact = Artifact("code", vector, vector, vector)
    message = Message("assistant", (thought, Text(vector), media, picture), (Option(vector, vector),))
    html = page(turn(Reply((message,), (artifact,), state="failed", error=vector), vector))
    assert harmful(html) == []
