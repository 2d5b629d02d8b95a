"""Buttons and selects below a reply: every option can be reached, every control means what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from fakes.discord.checking import assert_posts, controls, labels
from fakes.discord.components import walk
from trunkline.backend import Abilities, AppProfile, Button, Feedback
from trunkline.bridge import Post, View
from trunkline.messages import Message, Option, Reply, ReplyState, Text, Thought
from trunkline.splitting import utf16_length
from trunkline.words import words
from trunkline_bridges.discord.drawing.components import more_rows
from trunkline_bridges.discord.ids import Id
from trunkline_bridges.discord.render import render

PROFILE = AppProfile("app", "http://app", "6", "chat_interface", "injected")
THINKING = Thought("Think", (Text("hard"),))


def drawn(
    count: int = 0, profile: AppProfile = PROFILE, *, state: ReplyState = "final", **view: object
) -> Sequence[Post]:
    options = tuple(Option(f"value {number}", f"Option {number}") for number in range(count))
    reply = Reply((Message("assistant", (THINKING, Text("Hello")), options),), state=state)
    seen = replace(View(profile, 7, words=words), **view)  # type: ignore[arg-type]
    posts = render(reply, seen, (), 100.0)
    assert_posts(posts)
    return posts


def reachable(posts: Sequence[Post], count: int) -> list[int]:
    """The indices of the options that buttons, selects and what `more` opens lead to."""
    options = tuple(Option(str(number)) for number in range(count))
    waiting, found = list(controls(posts)), []
    while waiting:
        control = waiting.pop(0)
        meant = Id.read(control["custom_id"])
        assert meant is not None
        if meant.op == "option":
            found.append(meant.index)
        elif meant.op == "pick":
            found += [int(option["value"]) for option in control["options"]]
        elif meant.op == "more":
            rows = more_rows(7, options, meant.index, words)
            assert_posts([Post("more", {"components": rows})])
            waiting += [one for one in walk(rows) if "custom_id" in one]
    return found


@pytest.mark.parametrize("count", [0, 1, 5, 6, 20, 21, 25, 26, 75, 76, 100, 101, 125, 126, 300, 1000])
@pytest.mark.parametrize("own", [0, 2, 3, 4, 30])
def test_every_option_can_be_reached_once(count: int, own: int) -> None:
    feedback = Feedback(like=True, dislike=True, others=tuple(f"own {n}" for n in range(own)))
    buttons = tuple(Button(str(n), f"Button {n}", "turn") for n in range(own))
    posts = drawn(count, replace(PROFILE, feedback=feedback, buttons=buttons))
    assert reachable(posts, count) == list(range(count))


def test_a_few_options_are_buttons_and_many_are_selects() -> None:
    kinds = [[one["type"] for one in controls(drawn(count))] for count in (20, 21, 100, 101)]
    assert [kind.count(3) for kind in kinds] == [0, 1, 4, 3]
    assert "26 more to choose from" in labels(drawn(101))


def test_a_long_label_is_cut_between_signs_and_its_value_kept() -> None:
    family = "👨‍👩‍👧"
    options = (Option("the value", family * 20), Option("the value", family * 20), Option("", " "))
    reply = Reply((Message("assistant", (Text("x"),), options),), state="final")
    posts = render(reply, View(PROFILE, 7, words=words), (), 0.0)
    assert_posts(posts)
    first, second, empty, *_ = labels(posts)
    assert first == second
    assert first == family * (len(first) // len(family)) + "…"
    assert 64 < utf16_length(first) <= 80
    assert empty == "…"


def test_controls_are_those_that_the_app_allows() -> None:
    assert labels(drawn()) == ["Retry", "Undo", "Thoughts"]
    assert labels(drawn(profile=replace(PROFILE, abilities=Abilities(retry=False, undo=False)))) == ["Thoughts"]
    liked = replace(PROFILE, feedback=Feedback(like=True))
    assert labels(drawn(profile=liked)) == ["Retry", "Undo", "Like", "Thoughts"]


def test_feedback_of_the_apps_own_is_a_button_or_a_select() -> None:
    few = replace(PROFILE, feedback=Feedback(like=True, dislike=True, others=("Spam", "Wrong")))
    assert labels(drawn(profile=few)) == ["Retry", "Undo", "Like", "Dislike", "Spam", "Wrong", "Thoughts"]
    values = few.feedback.values
    rated = [Id.read(one["custom_id"]) for one in controls(drawn(profile=few)) if ":rate:" in one["custom_id"]]
    assert [values[one.index] for one in rated if one] == ["Like", "Dislike", "Spam", "Wrong"]
    many = replace(PROFILE, feedback=Feedback(dislike=True, others=tuple("abcde")))
    (select,) = (one for one in controls(drawn(profile=many)) if one["type"] == 3)
    assert [many.feedback.values[int(one["value"])] for one in select["options"]] == list("abcde")


def test_the_apps_own_buttons_stand_where_they_do_something() -> None:
    buttons = (Button("a", "Again", "turn"), Button("b", "Halt", "stop"), Button("c", "Copy", "quiet"))
    profile = replace(PROFILE, buttons=buttons)
    assert labels(drawn(profile=profile)) == ["Retry", "Undo", "Thoughts", "Again", "Copy"]
    assert labels(drawn(profile=profile, state="running")) == ["Stop", "Halt"]
    assert labels(drawn(profile=profile, newest=False)) == ["Thoughts"]


def test_a_running_reply_can_be_stopped_where_the_app_can() -> None:
    assert labels(drawn(3, state="running")) == ["Stop"]
    assert labels(drawn(3, replace(PROFILE, abilities=Abilities(stop=False)), state="running")) == []


def test_a_failed_reply_can_only_be_tried_again() -> None:
    assert labels(drawn(3, state="failed")) == ["Retry"]
    assert labels(drawn(3, replace(PROFILE, abilities=Abilities(retry=False)), state="failed")) == []


def test_a_stopped_reply_keeps_its_controls() -> None:
    assert labels(drawn(state="stopped")) == ["Retry", "Undo", "Thoughts"]


def test_an_older_reply_shows_what_was_chosen() -> None:
    posts = drawn(30, newest=False, chosen=21)
    chosen, _ = controls(posts)
    assert (chosen["label"], chosen["disabled"], chosen["style"]) == ("Option 21", True, 3)
    assert labels(drawn(30, newest=False)) == ["Thoughts"]
    assert labels(drawn(2, newest=False, chosen=2)) == ["Thoughts"]
    assert "disabled" not in str(drawn(30, chosen=21))


def test_an_app_with_very_many_buttons_stays_within_five_rows() -> None:
    many = tuple(Button(str(n), f"Button {n}", "quiet") for n in range(60))
    assert len(drawn(profile=replace(PROFILE, buttons=many))[0].body["components"]) == 4  # type: ignore[arg-type]
