"""The operator's preview: everything that `render` gives is drawn, nothing is loaded from elsewhere."""

from __future__ import annotations

import pytest

from fakes.drawn import MEDIA, OPTIONS, PROGRAM, SAMPLE, harmful, page_of, turn
from fakes.hostile import VECTORS
from trunkline.bridge import TurnView
from trunkline.messages import Artifact, Blob, Json, Media, Message, Notice, Option, Reply, Text, Thought
from trunkline_bridges.slack.options import SlackOptions
from trunkline_bridges.slack.preview import preview
from trunkline_bridges.slack.preview_text import mrkdwn_html
from trunkline_bridges.web.sample import sample_turns

SECRETS = {"bot_token", "app_token", "signing_secret", "client_secret"}
SETTINGS = SlackOptions().model_dump(mode="json", exclude=SECRETS)


def page(*turns: TurnView, **options: Json) -> str:
    return page_of(preview, turns, {**SETTINGS, **options})


def test_the_sample_is_drawn() -> None:
    html = page(*sample_turns(1000.0))
    for mark in (*SAMPLE, "<th>Leaves</th>", "☑ All three", "🔁 Retry</button>"):
        assert mark in html, mark


def test_every_kind_of_post_is_drawn() -> None:
    thought = Thought("Plan", (Text("Deep"),))
    html = page(
        turn(Reply((Message("assistant", (thought, *MEDIA), OPTIONS),), (PROGRAM,), state="final")),
        thoughts="full",
    )
    for mark in (
        "<img",
        "<audio",
        "<video",
        "📎",
        "📊",
        "Program.py",
        "Option 29",
        "Words",
        "👍 Like",
        "👎 Dislike",
    ):
        assert mark in html, mark
    assert '<details class="container"><summary>💭 Plan</summary>' in html
    assert '<details class="aside">' in html


def test_a_running_reply_is_drawn() -> None:
    running = Reply(
        (Message("assistant", (Thought("Think", status="pending"), Text("So"))),), (), (Notice("queue", rank=0),)
    )
    html = page(turn(running))
    assert "⏳ Think" in html
    assert "queue: next" in html
    assert 'class="danger">Stop' in html


def test_mrkdwn_is_read_as_slack_reads_it() -> None:
    assert mrkdwn_html("*b* _i_ ~s~ `c_d_e` a &lt;b&gt;\nx") == (
        "<strong>b</strong> <em>i</em> <s>s</s> <code>c_d_e</code> a &lt;b&gt;<br>x"
    )
    assert mrkdwn_html("<https://x.org/?a=1&amp;b|here>") == (
        '<a href="https://x.org/?a=1&amp;b" rel="noreferrer" target="_blank">here</a>'
    )
    assert mrkdwn_html("<javascript:x|here>") == "&lt;javascript:x|here&gt;"
    assert mrkdwn_html("```\n*a*\n```") == '<pre tabindex="0"><code>*a*\n</code></pre>'


@pytest.mark.parametrize("vector", VECTORS)
def test_hostile_texts_stay_text(vector: str) -> None:
    parts = (
        Text(vector),
        Thought(vector, (Text(vector),), log=vector),
        Media("html", spec=vector, name=vector, caption=vector),
        Media("image", Blob("a" * 64, 5), vector, "image/png", alt=vector, caption=vector),
    )
    table = Artifact("table", vector, {"headers": [vector], "data": [[vector]]})
    made = Reply((Message("assistant", parts, (Option(vector),)),), (table,), (Notice("info", vector),), "final")
    for level in ("summary", "full"):
        assert harmful(page(turn(made, vector), thoughts=level)) == []
