"""Options and controls: every one within reach, each within Slack's limits."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.slack.checking import assert_posts, controls, labels
from trunkline.backend import Abilities, AppProfile, Button, Feedback
from trunkline.bridge import View
from trunkline.messages import Message, Option, Reply, ReplyState, Text, Thought
from trunkline.words import words
from trunkline_bridges.slack.ids import Id
from trunkline_bridges.slack.render import render

PROFILE = AppProfile("app", "http://app", "6", "chat_interface", "injected")


def view(**more: Any) -> View:
    return View(**{"profile": PROFILE, "turn": 7, "words": words, **more})


def reply(options: int = 0, state: ReplyState = "final", text: str = "Hello", *parts: Thought) -> Reply:
    made = tuple(Option(f"value {number}", f"Label {number} {'x' * (number % 90)}") for number in range(options))
    return Reply((Message("assistant", (*parts, Text(text)), made),), state=state, error="Broke.")


def reached(made: Reply, seen: View) -> list[int]:
    found: list[int] = []
    for one in controls(render(made, seen, (), 0.0)):
        action = Id.read(one["action_id"])
        assert action is not None
        if action.op == "option":
            found.append(action.index)
        elif action.op == "pick":
            found += [int(option["value"]) for option in one["options"]]
    return found


@pytest.mark.parametrize("count", [0, 1, 25, 26, 100, 101, 300, 1000])
def test_every_option_is_within_reach(count: int) -> None:
    for text in ("Hello", "word " * 2000):
        posts = render(reply(count, text=text), view(), (), 0.0)
        assert_posts(posts)
        assert reached(reply(count, text=text), view()) == list(range(count))


@given(st.lists(st.tuples(st.text(max_size=200), st.text(min_size=1, max_size=3000)), max_size=40))
@settings(deadline=None)
def test_labels_are_cut_and_values_are_not_lost(options: list[tuple[str, str]]) -> None:
    made = tuple(Option(value, label) for label, value in options)
    posts = render(Reply((Message("assistant", (Text("x"),), made),), state="final"), view(), (), 0.0)
    assert_posts(posts)
    if len(made) <= 25:
        buttons = [one for one in controls(posts) if "option" in one["action_id"]]
        assert [one["value"] for one in buttons] == [option.value[:2000] for option in made]


def test_buttons_up_to_25_then_a_select() -> None:
    few = [one["type"] for one in controls(render(reply(25), view(), (), 0.0))]
    assert few == ["button"] * 27
    many = list(controls(render(reply(26), view(), (), 0.0)))
    assert [one["type"] for one in many] == ["static_select", "button", "button"]
    assert many[0]["placeholder"]["text"] == "Choose"
    lots = list(controls(render(reply(120), view(), (), 0.0)))
    assert [one["placeholder"]["text"] for one in lots[:2]] == ["Choose: 1–100 of 120", "Choose: 101–120 of 120"]


def test_what_was_chosen_shows_on_the_older_turn() -> None:
    (post,) = render(reply(3), view(newest=False, chosen=1), (), 0.0)
    assert list(controls([post])) == []
    assert "✅ Label 1 x" in str(post.body["text"]) or "✅ Label 1 x" in str(post.body["blocks"])
    (post,) = render(reply(3), view(newest=False), (), 0.0)
    assert "✅" not in str(post.body)


def test_controls_never_lie() -> None:
    assert labels(render(reply(), view(), (), 0.0)) == ["🔁 Retry", "↩️ Undo"]
    unable = replace(PROFILE, abilities=Abilities(stop=False, retry=False, undo=False))
    assert labels(render(reply(), view(profile=unable), (), 0.0)) == []
    assert labels(render(reply(state="running"), view(profile=unable), (), 0.0)) == []
    assert labels(render(reply(state="running"), view(), (), 0.0)) == ["Stop"]
    assert labels(render(reply(3, state="failed"), view(), (), 0.0)) == ["🔁 Retry"]
    thinking = reply(0, "final", "x", Thought("Plan", (Text("a"),)))
    assert labels(render(thinking, view(), (), 0.0)) == ["🔁 Retry", "↩️ Undo", "💭 Thoughts"]
    assert labels(render(thinking, view(newest=False), (), 0.0)) == ["💭 Thoughts"]
    assert labels(render(thinking, view(options={"thoughts": "hidden"}), (), 0.0)) == ["🔁 Retry", "↩️ Undo"]


def test_feedback_is_slacks_own_where_the_app_takes_both() -> None:
    both = replace(PROFILE, feedback=Feedback(like=True, dislike=True, others=("Odd", "Rude")))
    found = list(controls(render(reply(), view(profile=both), (), 0.0)))
    assert [one["type"] for one in found] == ["feedback_buttons", "static_select", "button", "button"]
    assert found[0]["action_id"] == "tl:feedback:7:0"
    assert (found[0]["positive_button"]["value"], found[0]["negative_button"]["value"]) == ("0", "1")
    assert [(one["value"], one["text"]["text"]) for one in found[1]["options"]] == [("2", "Odd"), ("3", "Rude")]
    one = replace(PROFILE, feedback=Feedback(dislike=True))
    found = list(controls(render(reply(), view(profile=one), (), 0.0)))
    assert found[0]["action_id"] == "tl:rate:7:0"
    assert found[0]["text"]["text"] == "👎 Dislike"
    assert list(controls(render(reply(), view(profile=both, newest=False), (), 0.0))) == []


def test_feedback_and_buttons_beyond_all_limits() -> None:
    wild = replace(
        PROFILE,
        feedback=Feedback(
            like=True, dislike=True, others=tuple(f"Because {number} {'y' * 80}" for number in range(250))
        ),
        buttons=tuple(Button(str(number), f"Button {number} {'z' * 80}", "turn") for number in range(60)),
    )
    posts = render(reply(300, text="word " * 3000), view(profile=wild), (), 0.0)
    assert_posts(posts)
    found = [one["action_id"] for one in controls(posts)]
    assert len(set(found)) == len(found)
    assert sum("button" in one for one in found) == 60
    assert sum(len(one["options"]) for one in controls(posts) if "rate" in one["action_id"]) == 250
    older = render(reply(300, text="word " * 3000), view(profile=wild, newest=False), (), 0.0)
    assert_posts(older)
    assert [post.key for post in older] == [post.key for post in posts]
    assert list(controls(older)) == []


def test_the_apps_own_buttons() -> None:
    own = replace(
        PROFILE, buttons=(Button("a", "More", "turn"), Button("b", "Halt", "stop"), Button("c", "Log", "quiet"))
    )
    assert labels(render(reply(), view(profile=own), (), 0.0)) == ["🔁 Retry", "↩️ Undo", "More", "Log"]
    assert labels(render(reply(state="running"), view(profile=own), (), 0.0)) == ["Stop", "Halt"]
