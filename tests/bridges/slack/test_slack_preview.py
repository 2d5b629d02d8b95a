"""The operator's preview: everything that `render` gives is drawn, nothing is loaded from elsewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from fakes.drawn import page_of, turn
from fakes.hostile import VECTORS
from trunkline.bridge import TurnView
from trunkline.messages import Artifact, Blob, Inline, Json, Media, Message, Notice, Option, Reply, Text, Thought
from trunkline_bridges.slack.options import SlackOptions
from trunkline_bridges.slack.preview import preview
from trunkline_bridges.slack.preview_text import mrkdwn_html
from trunkline_bridges.web.sample import sample_turns

SECRETS = {"bot_token", "app_token", "signing_secret", "client_secret"}
OPTIONS = SlackOptions().model_dump(mode="json", exclude=SECRETS)


def page(*turns: TurnView, **options: Json) -> str:
    return page_of(preview, turns, {**OPTIONS, **options})


def test_the_sample_is_drawn() -> None:
    html = page(*sample_turns(1000.0))
    assert "<h2>Coast guide" in html
    assert "✓ Plan the trip · 2.3 s<br>↳ ✓ Search the timetable" in html
    assert 'alt="The sun sets over a calm sea"' in html
    assert "data:image/png;base64," in html
    assert "<th>Leaves</th>" in html
    assert "☑ All three" in html
    assert "🔁 Retry</button>" in html
    assert "prefers-color-scheme: dark" in html


def test_every_kind_of_post_is_drawn() -> None:
    media = [
        Media("image", Blob("a" * 64, 5), "p.png", "image/png", alt="One"),
        Media("audio", Blob("c" * 64, 5), "s.wav", "audio/wav"),
        Media("video", Blob("d" * 64, 5), "v.mp4", "video/mp4"),
        Media("file", Inline(b"12345"), "r.pdf", "application/pdf"),
        Media("plot", spec={"type": "plotly", "plot": "{}"}),
        Media("html", spec="<p>Words</p>"),
    ]
    options = tuple(Option(f"Option {number}") for number in range(30))
    long = Artifact("code", "Program", "x = 1\n" * 400, "python")
    thought = Thought("Plan", (Text("Deep"),))
    html = page(
        turn(Reply((Message("assistant", (thought, *media), options),), (long,), state="final")), thoughts="full"
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


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("script", "iframe", "object", "embed", "link", "base", "form", "svg"):
            self.bad.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name == "srcdoc":
                self.bad.append(f"{tag} {name}")
            if name == "src" and not re.match(r"data:image/|/media/", value or ""):
                self.bad.append(f"{tag} src={value}")
            if name == "href" and (tag != "a" or not re.match(r"https?://|mailto:|data:image/|/", value or "")):
                self.bad.append(f"{tag} href={value}")


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
        reader = _Tags()
        reader.feed(page(turn(made, vector), thoughts=level))
        assert reader.bad == []
