"""What presses, commands and forms mean, without Slack."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from trunkline.backend import Feedback
from trunkline.bridge import FoundTurn, TurnView
from trunkline.errors import Denied
from trunkline.inbound import Choose, Clear, Command, Place, Rate, Retry, Stop, Undo
from trunkline.messages import Message, Option, Reply, Speaker, Text
from trunkline.pressing import Presser
from trunkline_bridges.slack.acting.reading import gesture_of, in_thread, kept_with, metadata_of, values_of
from trunkline_bridges.slack.acting.requests import (
    Gesture,
    again_target,
    answer_target,
    asked_line,
    chosen_target,
    command_of,
    here,
    request,
)
from trunkline_bridges.slack.facts import Member, Spot
from trunkline_bridges.slack.ids import Id
from trunkline_bridges.slack.options import SlackOptions

OPTIONS = SlackOptions()
FEEDBACK = Feedback(True, True, ("Funny",))
SPOT = Spot("T1", "C1", "1.1")
ANN, BEA = Member("U1", "Ann", "T1"), Member("U2", "Bea", "T2")
GESTURE = Gesture("7.trigger", SPOT, ANN, 1000.0, message="1.5")
REPLY = Reply((Message("assistant", (Text("well?"),), (Option("yes"), Option("no"))),), state="final")
FOUND = FoundTurn(
    TurnView(7, "delivered", None, REPLY, 0.0),
    Place("slack", "demo", "T1", "C1", "1.1"),
    Speaker("slack", "U1", "Ann", "T1"),
    5,
    {"team": "T1", "channel": "C1", "thread": "1.1", "asker": "U1", "at": 1.0, "asked": "x", "native": True},
    newest=True,
)


@pytest.mark.parametrize(
    ("control", "values", "command"),
    [
        (Id("stop", 7), [], Stop(7)),
        (Id("retry", 7), [], Retry(7)),
        (Id("undo", 7), [], Undo()),
        (Id("rate", 7, 1), [], Rate("Dislike", 7)),
        (Id("rate", 7, 2), ["2"], Rate("Funny", 7)),
        (Id("feedback", 7), ["0"], Rate("Like", 7)),
        (Id("option", 7, 1), [], Choose(1, 7)),
        (Id("pick", 7, 3), ["0"], Choose(0, 7)),
    ],
)
def test_what_a_control_asks_for(control: Id, values: list[str], command: Command) -> None:
    assert command_of(control, values, Presser("U1"), FOUND, OPTIONS, FEEDBACK) == command


def test_the_same_feedback_again_takes_it_back() -> None:
    assert command_of(Id("feedback", 7), ["0"], Presser("U2"), FOUND, OPTIONS, FEEDBACK, "Like") == Rate("", 7)


@pytest.mark.parametrize(
    ("control", "values", "said"),
    [
        (Id("option", 7, 2), [], "no longer be chosen"),
        (Id("pick", 7), ["-1"], "no longer be chosen"),
        (Id("pick", 7), ["²"], "no longer be chosen"),
        (Id("feedback", 7), ["3"], "does not take that feedback"),
        (Id("clear"), [], "no longer known"),
    ],
)
def test_what_is_not_there_is_refused(control: Id, values: list[str], said: str) -> None:
    with pytest.raises(Denied, match=said):
        command_of(control, values, Presser("U1"), FOUND, OPTIONS, FEEDBACK)


def test_who_may_press_what() -> None:
    def press(control: Id, presser: Presser, found: FoundTurn = FOUND, **options: Any) -> Command:
        settings = SlackOptions.model_validate(options)
        return command_of(control, [], presser, found, settings, FEEDBACK)

    for op in (Id("stop", 7), Id("retry", 7), Id("undo", 7), Id("option", 7)):
        with pytest.raises(Denied, match="Only who asked"):
            press(op, Presser("U2"))
        for presser in (Presser("U1"), Presser("U2", moderator=True), Presser("U2", alone=True)):
            press(op, presser)
        press(op, Presser("U2"), pressing="anyone")
    older = replace(FOUND, newest=False)
    assert press(Id("stop", 7), Presser("U1"), older) == Stop(7)
    assert press(Id("rate", 7), Presser("U2"), older) == Rate("Like", 7)
    with pytest.raises(Denied, match="older reply"):
        press(Id("retry", 7), Presser("U1"), older)


@pytest.mark.parametrize(
    "spot",
    [Spot("T2", "C1", "1.1"), Spot("T1", "C2", "1.1"), Spot("T1", "C1", "1.2"), Spot("T1", "C1")],
    ids=["another team", "another channel", "another thread", "no thread"],
)
def test_a_control_acts_only_where_its_turn_is_answered(spot: Spot) -> None:
    assert here(GESTURE, FOUND, OPTIONS) is FOUND
    with pytest.raises(Denied, match="another conversation"):
        here(replace(GESTURE, spot=spot), FOUND, OPTIONS)
    with pytest.raises(Denied, match="no longer part"):
        here(GESTURE, None, OPTIONS)


def test_with_one_history_for_a_channel_its_threads_are_one_place() -> None:
    shared = SlackOptions(history="channel")
    found = replace(FOUND, place=replace(FOUND.place, thread=""))
    assert here(replace(GESTURE, spot=Spot("T1", "C1", "1.2")), found, shared) is found


def test_where_it_is_answered() -> None:
    assert again_target(replace(GESTURE, member=BEA), FOUND) == {**FOUND.target, "at": 1000.0}
    chosen = chosen_target(replace(GESTURE, member=BEA, spot=Spot("T1", "C1")), FOUND, "line")
    assert (chosen["thread"], chosen["asker"], chosen["native"], chosen["asked"]) == ("1.1", "U2", True, "line")
    private = Spot("T1", "D1", "1.1", private=True)
    assert answer_target(OPTIONS, GESTURE, private)["native"] is True
    assert "native" not in answer_target(SlackOptions(streaming="edit"), GESTURE, private)
    assert "native" not in answer_target(OPTIONS, GESTURE, SPOT)


def test_an_event_has_one_key_however_often_it_comes() -> None:
    first = request(GESTURE, FOUND.place, Clear())
    assert first.event_key == request(replace(GESTURE, at=2000.0), FOUND.place, Clear()).event_key
    assert first.event_key != request(GESTURE, FOUND.place, Clear(), part=":app").event_key
    assert first.event_key != request(in_team(GESTURE, "T2"), FOUND.place, Clear()).event_key
    guest = request(replace(GESTURE, member=BEA), FOUND.place, Clear())
    assert (guest.speaker.user_id, guest.speaker.team) == ("U2", "T2")


def in_team(gesture: Gesture, team: str) -> Gesture:
    return replace(gesture, spot=replace(gesture.spot, team=team))


def test_what_nobody_else_sees_calls_nobody() -> None:
    line = asked_line("slack_asked", Member("U1", "A <!here>"), "what\nis <@U9> & more? " + "x" * 400)
    assert line.startswith("*A &lt;!here&gt;* asked: what is &lt;@U9&gt; &amp; more? xxx")
    assert len(line) < 400


# Slack's payloads

PRESS = {
    "type": "block_actions",
    "trigger_id": "7.trigger",
    "response_url": "https://hooks.slack.com/x",
    "user": {"id": "U1", "name": "ann", "team_id": "T9"},
    "channel": {"id": "C1", "name": "general"},
    "container": {"type": "message", "message_ts": "1.5", "thread_ts": "1.1"},
    "message": {"ts": "1.5", "thread_ts": "1.1"},
}


def test_a_press_tells_where_it_was_and_by_whom() -> None:
    made = gesture_of(PRESS, "T1", "", 5.0)
    assert made.spot == Spot("T1", "C1", "1.1")
    assert made.member == Member("U1", "ann", "T9")
    assert (made.trigger, made.message, made.ephemeral) == ("7.trigger", "1.5", False)
    assert gesture_of(PRESS | {"enterprise": {"id": "E1"}}, "T1", "E1", 5.0).member.team == "T1"
    root = gesture_of(PRESS | {"container": {}, "message": {"ts": "1.0"}}, "T1", "", 5.0)
    assert root.spot.thread == "1.0"
    hidden = {"container": {"is_ephemeral": True, "thread_ts": "1.1"}, "message": None}
    aside = gesture_of(PRESS | hidden, "T1", "", 5.0)
    assert (aside.ephemeral, aside.message, aside.spot.thread) == (True, "", "1.1")


def test_a_command_tells_of_no_thread() -> None:
    command = {"trigger_id": "8", "command": "/other", "channel_id": "D1", "user_id": "U1", "user_name": "ann"}
    made = gesture_of(command, "T1", "", 5.0)
    assert made.spot == Spot("T1", "D1", private=True)
    assert (made.command, made.member) == ("/other", Member("U1", "ann", "T1"))


def test_a_form_keeps_where_it_was_opened() -> None:
    opened = replace(GESTURE, home=True, command="/other")
    view = {"type": "modal", "id": "V1", "private_metadata": kept_with(opened, conversation=4)}
    body = {"trigger_id": "9", "user": {"id": "U1", "team_id": "T1"}, "view": view}
    made = gesture_of(body, "T1", "", 5.0)
    assert (made.spot, made.home, made.command, made.view) == (SPOT, True, "/other", "V1")
    assert metadata_of(view)["conversation"] == 4
    with pytest.raises(Denied):
        gesture_of(body, "T2", "", 5.0)
    for broken in ("{", "[]", "7", ""):
        assert metadata_of({"private_metadata": broken}) == {}


def test_what_was_chosen() -> None:
    assert values_of({"type": "button", "value": "3"}) == []
    assert values_of({"type": "feedback_buttons", "value": "1"}) == ["1"]
    assert values_of({"type": "static_select", "selected_option": {"value": "12"}}) == ["12"]
    assert values_of({"type": "static_select", "selected_option": None}) == []
    assert in_thread(GESTURE, "2.2").spot == Spot("T1", "C1", "2.2")
