"""What is shown aside of replies, within Discord's limits, in the newer layout and the plain one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.discord.components import check_message, texts, walk
from fakes.discord.errors import Problems
from trunkline.backend import Abilities, Accepts, AppInput, AppProfile, Example
from trunkline.bridge import ConversationView
from trunkline.labels import clipped, one_line
from trunkline.messages import AppFile, Media, Message, Option, Text
from trunkline_bridges.discord.acting import panels
from trunkline_bridges.discord.ids import Id
from trunkline_bridges.discord.options import DiscordOptions

PROFILE = AppProfile("demo", "http://app", "6", "chat_interface", "injected", title="Demo")
LAYOUTS = [DiscordOptions(), DiscordOptions(components_v2=False)]
both = pytest.mark.parametrize("options", LAYOUTS, ids=["layout", "plain"])


def checked(body: Mapping[str, Any]) -> str:
    """The text of a message that Discord takes."""
    layout = bool(body.get("flags", 0) & 1 << 15)
    problems = Problems()
    check_message(body.get("components", []), layout, set(), problems)
    problems.refuse()
    if layout:
        assert "content" not in body
        return texts(body["components"])
    assert 0 < len(body["content"]) <= 2000
    return str(body["content"])


def ids_of(body: Mapping[str, Any]) -> list[str]:
    return [each["custom_id"] for each in walk(body.get("components", [])) if "custom_id" in each]


def wild(count: int) -> AppProfile:
    long = "**x** @everyone <@1> `" * 300
    examples = tuple(
        Example(long, media=(Media("image", AppFile(f"/tmp/{n}/cat {n}.png")),), label=long) for n in range(count)
    )
    greeting = (Message("assistant", (Text(long), Media("image", AppFile("/tmp/a.png")))),)
    return replace(PROFILE, title=long, description=long, examples=examples, greeting=greeting, placeholder=long)


@both
@pytest.mark.parametrize("count", [0, 1, 5, 6, 20, 21, 25, 26, 100, 101, 300])
def test_every_panel_keeps_to_the_limits(options: DiscordOptions, count: int) -> None:
    profile = wild(count)
    checked(panels.greeting(profile, options, above="Started a new conversation."))
    checked(panels.help_panel(profile, options, {}, several=True))
    for body in panels.examples(profile, options):
        checked(body)
    conversations = [ConversationView(n, "x" * 300, 0.0, n == 3) for n in range(count)]
    for page in range(count // 25 + 1):
        checked(panels.history(conversations, page, options))
    checked(panels.conversation(7, "x" * 5000, options))
    checked(panels.doomed(7, "x" * 5000, options))
    checked(panels.deleted("gone", options))
    checked(panels.forgetting(options))
    checked(panels.apps([f"app {n}" for n in range(max(1, count))], "app 0", options))
    checked(panels.setting_pages([(f"Settings {n}", "x" * 500) for n in range(1, count + 2)], options))
    checked(panels.after_settings("x" * 5000, 0, options))
    checked(panels.further(3, [Option("x" * 300)] * max(1, count), 0, options))


@both
@pytest.mark.parametrize("count", [1, 20, 21, 100, 101, 300])
def test_every_example_can_be_chosen(options: DiscordOptions, count: int) -> None:
    found: list[int] = []
    for body in panels.examples(wild(count), options):
        for each in walk(body["components"]):
            control = Id.read(str(each.get("custom_id", "")))
            if control is not None and control.op == "example":
                found.append(control.index)
            found += [int(one["value"]) for one in each.get("options", ())]
    assert found == list(range(count))


@both
def test_examples_name_their_files(options: DiscordOptions) -> None:
    picture = Media("image", AppFile("/tmp/gradio/cat.png"))
    profile = replace(
        PROFILE, examples=(Example("What is this?", media=(picture,)), Example("", media=(picture,)))
    )
    (body,) = panels.examples(profile, options)
    assert "1. What is this? (cat.png)" in checked(body)
    labels = [each["label"] for each in walk(body["components"]) if each["type"] == 2]
    assert labels == ["1. What is this?", "2. cat.png"]


@both
def test_no_examples_are_said(options: DiscordOptions) -> None:
    (body,) = panels.examples(PROFILE, options)
    assert checked(body) == "This app has no examples."


@both
def test_the_greeting_says_what_the_app_says(options: DiscordOptions) -> None:
    hello = Message("assistant", (Text("Hello, I am **Demo**."),))
    profile = replace(PROFILE, description="A demo.", greeting=(hello,), placeholder="Not shown.")
    text = checked(panels.greeting(profile, options))
    assert text.startswith("## Demo\nA demo.\nHello, I am **Demo**.\n-# ")
    assert "Not shown." not in text
    assert "Not shown." in checked(panels.greeting(replace(profile, greeting=()), options))


@both
def test_help_offers_only_what_works(options: DiscordOptions) -> None:
    none = Abilities(stop=False, retry=False, undo=False, edit=False, clear=False)
    text = checked(panels.help_panel(replace(PROFILE, abilities=none), options, {"ask": 5}))
    assert "</ask:5> — Ask the app something." in text
    for name in ("stop", "retry", "undo", "clear", "settings", "examples", "app"):
        assert f"/{name}" not in text
    full = replace(
        PROFILE, inputs=(AppInput(1, "a", "A", "text"),), examples=(Example("x"),), accepts=Accepts(files=True)
    )
    for name in ("pause", "resume"):
        assert f"/{name}" not in text
        assert f"`/{name}`" in checked(panels.help_panel(full, options, {}, moderating=True))
    text = checked(panels.help_panel(full, options, {}, several=True))
    for name in ("stop", "retry", "undo", "clear", "settings", "examples", "app", "history", "new", "forget"):
        assert f"`/{name}`" in text
    assert "attach files" in text


@both
def test_nobody_is_mentioned_by_names_of_things(options: DiscordOptions) -> None:
    loud = replace(PROFILE, title="@everyone", description="<@1>", examples=(Example("@here <@1>"),))
    for body in (panels.greeting(loud, options), *panels.examples(loud, options)):
        assert not {"@everyone", "@here", "<@1>"} & set(checked(body).split())
    assert "<@1>" not in checked(panels.conversation(1, "Back in “<@1>”.", options))


def test_controls_are_told_apart() -> None:
    for options in LAYOUTS:
        for body in panels.examples(wild(300), options):
            own = ids_of(body)
            assert len(own) == len(set(own))


@given(st.text(), st.integers(2, 50))
def test_labels_are_short_and_whole(text: str, limit: int) -> None:
    cut = clipped(text, limit)
    assert len(cut) <= limit
    assert cut == text if len(text) <= limit else cut.endswith("…")
    assert "\n" not in one_line(text, limit)


def test_labels_are_cut_between_what_is_read_as_one() -> None:
    family = "👩‍👩‍👧"
    assert clipped(f"ab{family}cd", 6) == "ab…"
    assert clipped(f"ab{family}cd", 9) == f"ab{family}cd"
    assert clipped(f"ab{family}cde", 9) == f"ab{family}c…"
