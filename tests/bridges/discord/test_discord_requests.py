"""What presses and commands mean, without Discord."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from trunkline.backend import AppProfile, Feedback
from trunkline.bridge import FoundTurn, TurnView
from trunkline.errors import Denied
from trunkline.inbound import Choose, Clear, Place, Rate, Retry, Stop, Undo
from trunkline.messages import Message, Option, Reply, Speaker, Text
from trunkline_bridges.discord.acting.requests import (
    Gesture,
    again_target,
    allowed,
    answer_target,
    asked_line,
    command_of,
    here,
    request,
)
from trunkline_bridges.discord.facts import Member, Spot
from trunkline_bridges.discord.ids import Id
from trunkline_bridges.discord.options import DiscordOptions

OPTIONS = DiscordOptions()
PROFILE = AppProfile(
    "demo", "http://app", "6", "chat_interface", "injected", feedback=Feedback(True, True, ("Funny", "Wrong"))
)
SPOT = Spot("20", guild="10")
ANN, BEA, MOD = Member("1", "Ann"), Member("2", "Bea"), Member("3", "Mod", moderator=True)


def gesture(member: Member = ANN, spot: Spot = SPOT, message: str = "55") -> Gesture:
    return Gesture("99", "secret-token", spot, member, 1000.0, message)


def found(**changes: Any) -> FoundTurn:
    options = (Option("yes"), Option("no"))
    reply = Reply((Message("assistant", (Text("well?"),), options),), state="final")
    made = FoundTurn(
        TurnView(7, "delivered", None, reply, 0.0),
        Place("discord", "demo", "10", "20"),
        Speaker("discord", "1", "Ann"),
        5,
        {
            "channel": "20",
            "asker": "1",
            "reply_to": "44",
            "asked": "-# x",
            "token": "old",
            "until": 1.0,
            "at": 1.0,
        },
        newest=True,
    )
    return replace(made, **changes)


def test_an_event_is_known_by_its_interaction() -> None:
    event = request(gesture(), Place("discord", "demo", "10", "20"), Clear())
    assert event.event_key == "discord:interaction:99"
    assert (event.at, event.speaker) == (1000.0, Speaker("discord", "1", "Ann"))
    assert "secret-token" not in str(event)


def test_a_token_goes_with_a_target_only_where_it_is_needed() -> None:
    assert "token" not in answer_target(gesture())
    original = answer_target(gesture(), original=True)
    assert (original["token"], original["until"], original["original"]) == ("secret-token", 1840.0, True)
    abroad = answer_target(gesture(spot=replace(SPOT, foreign=True)))
    assert (abroad["token"], abroad["foreign"]) == ("secret-token", True)
    assert "original" not in abroad


def test_a_turn_is_answered_again_where_it_was_and_stays_its_askers() -> None:
    target = again_target(gesture(MOD), found())
    assert (target["asker"], target["reply_to"], target["asked"], target["at"]) == ("1", "44", "-# x", 1000.0)
    assert "token" not in target


@pytest.mark.parametrize(
    "spot",
    [Spot("21", guild="10"), Spot("20", guild="11"), Spot("30", "20", "10"), Spot("20", private=True)],
)
def test_a_control_works_only_where_its_turn_is(spot: Spot) -> None:
    with pytest.raises(Denied, match="another channel"):
        here(gesture(BEA, spot), found(), OPTIONS)


def test_what_is_gone_is_gone() -> None:
    with pytest.raises(Denied, match="no longer part"):
        here(gesture(), None, OPTIONS)


def test_an_answer_that_came_directly_is_its_askers() -> None:
    directly = Spot("70", private=True)
    assert here(gesture(ANN, directly), found(), OPTIONS).view.id == 7
    with pytest.raises(Denied):
        here(gesture(ANN, replace(directly, foreign=True)), found(), OPTIONS)


def test_a_shared_channel_with_histories_of_ones_own() -> None:
    own = DiscordOptions(history="user")
    there = found(place=Place("discord", "demo", "10", "20", user="1"))
    assert here(gesture(BEA), there, own) is there


def test_who_may_press() -> None:
    assert [allowed(gesture(who), found(), OPTIONS) for who in (ANN, BEA, MOD)] == [True, False, True]
    assert allowed(gesture(BEA), found(), DiscordOptions(pressing="anyone"))
    assert allowed(gesture(BEA, Spot("20", private=True)), found(), OPTIONS)


@pytest.mark.parametrize(
    ("control", "values", "command"),
    [
        (Id("stop", 7), (), Stop(7)),
        (Id("retry", 7), (), Retry(7)),
        (Id("undo", 7), (), Undo()),
        (Id("option", 7, 1), (), Choose(1, 7)),
        (Id("pick", 7, 0), ("1",), Choose(1, 7)),
        (Id("rate", 7, 1), (), Rate("Dislike", 7)),
        (Id("rate", 7, 2), ("3",), Rate("Wrong", 7)),
        (Id("rate", 7, 0), (), Rate("", 7)),
    ],
)
def test_what_controls_ask_for(control: Id, values: tuple[str, ...], command: object) -> None:
    assert command_of(control, values, gesture(), found(), PROFILE, OPTIONS, "Like") == command


@pytest.mark.parametrize(
    ("control", "values", "why"),
    [
        (Id("option", 7, 2), (), "can no longer be chosen"),
        (Id("pick", 7, 0), ("-1",), "can no longer be chosen"),
        (Id("pick", 7, 0), ("one",), "can no longer be chosen"),
        (Id("rate", 7, 9), (), "does not take that feedback"),
        (Id("settings", 7), (), "no longer known here"),
    ],
)
def test_controls_of_nothing(control: Id, values: tuple[str, ...], why: str) -> None:
    with pytest.raises(Denied, match=why):
        command_of(control, values, gesture(), found(), PROFILE, OPTIONS)


@pytest.mark.parametrize("op", ["retry", "undo", "option", "pick"])
def test_older_replies_are_left_alone(op: Any) -> None:
    with pytest.raises(Denied, match="older reply"):
        command_of(Id(op, 7), (), gesture(), found(newest=False), PROFILE, OPTIONS)
    with pytest.raises(Denied, match="who asked"):
        command_of(Id(op, 7), (), gesture(BEA), found(), PROFILE, OPTIONS)


def test_feedback_is_everybodys_and_on_any_reply() -> None:
    assert command_of(Id("rate", 7), (), gesture(BEA), found(newest=False), PROFILE, OPTIONS) == Rate("Like", 7)


def test_a_line_for_what_nobody_saw() -> None:
    loud = Member("1", "*Ann*\n@everyone")
    line = asked_line("discord_chose", loud, "# big\n||secret|| " + "x" * 500)
    assert "\n" not in line
    assert "@everyone" not in line
    assert line.startswith("-# **\\*Ann\\* ")
    assert len(line) < 500
    assert line.endswith("…")


@pytest.mark.parametrize("text", ["", "tl", "tl:stop", "tl:stop:x", "tl:stop:1:2:3", "tl:sing:1:0", "tl:STOP:1"])
def test_ids_that_are_none_of_ours(text: str) -> None:
    assert Id.read(text) is None


def test_ids_are_read_back() -> None:
    for one in (Id("retry", 10**18, 0), Id("form", 2**55, 12), Id("about", 1573311111111111111)):
        assert Id.read(str(one)) == one
        assert len(str(one)) <= 100
