"""What each command asks the app for, as a function of what is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import pytest

from fakes.backend import profile
from trunkline.backend import Abilities, Again, Button, Example, PressButton, SendExample, SendMessage, SendOption
from trunkline.errors import Denied
from trunkline.inbound import Choose, Edit, Press, Retry, Say, TurnCommand, UseExample
from trunkline.messages import Message, Option, Speaker, Text
from trunkline.turns import (
    MAX_CLAIMS,
    TRANSITIONS,
    Entry,
    Past,
    Plan,
    TurnState,
    end_state,
    plan,
    replaced,
    resumption,
    windowed,
    with_names,
)

ANN = Speaker("p", "1", "Ann")
BEN = Speaker("p", "2", "Ben")
APP = profile()


def user(text: str, speaker: Speaker | None = ANN) -> Message:
    return Message("user", (Text(text),), speaker=speaker)


def bot(text: str, *options: str) -> Message:
    return Message("assistant", (Text(text),), tuple(Option(value) for value in options))


def past(*said: tuple[int, str, str], newest: int | None = None, **commands: TurnCommand) -> Past:
    """A history of `(turn, what was said, the answer)`; `commands` are stored ones, as `t3=Retry(2)`."""
    entries = [entry for turn, a, b in said for entry in (Entry(turn, user(a)), Entry(turn, bot(b)))]
    known: Mapping[int, TurnCommand] = {
        **{turn: Say((Text(a),)) for turn, a, _ in said},
        **{int(name[1:]): command for name, command in commands.items()},
    }
    last = max(known, default=0) if newest is None else newest
    return Past(tuple(entries), known.get, last)


def texts(made: Plan) -> list[str]:
    return [message.text for message in made.history]


def unheard_of(turn: int) -> None:
    """No command is stored."""


TWO = past((1, "one", "1"), (2, "two", "2"))


def test_a_message_follows_the_history() -> None:
    made = plan(Say((Text("three"),)), TWO, APP, BEN)
    assert made == Plan(SendMessage((Text("three"),)), made.history, user("three", BEN))
    assert texts(made) == ["one", "1", "two", "2"]


def test_an_option_names_its_message_in_the_history_and_no_speaker() -> None:
    before = Past((Entry(1, user("one")), Entry(1, bot("pick", "a", "b"))), unheard_of, 1)
    made = plan(Choose(1, 1), before, APP, ANN)
    assert made.input == SendOption(1, 1, "b")
    assert made.user == user("b", None)


def test_the_newest_option_is_that_of_the_last_answer_even_if_a_turn_failed_since() -> None:
    before = Past((Entry(1, user("one")), Entry(1, bot("pick", "a"))), unheard_of, 2)
    assert plan(Choose(0), before, APP, ANN).input == SendOption(1, 0, "a")


@pytest.mark.parametrize("command", [Choose(2, 1), Choose(-1, 1), Choose(0, 7), Choose(0, 2)])
def test_an_option_that_is_gone_is_denied(command: Choose) -> None:
    entries = (Entry(1, bot("pick", "a", "b")), Entry(2, user("two")), Entry(2, bot("no options")))
    with pytest.raises(Denied, match="can no longer be chosen"):
        plan(command, Past(entries, unheard_of, 2), APP, ANN)


def test_an_example_is_the_apps_own_words() -> None:
    app = replace(APP, examples=(Example("What now?"),))
    made = plan(UseExample(0), TWO, app, ANN)
    assert (made.input, made.user) == (SendExample(0), user("What now?", None))
    for index in (-1, 1):
        with pytest.raises(Denied):
            plan(UseExample(index), TWO, app, ANN)


def test_a_button_says_nothing_for_the_user() -> None:
    app = replace(APP, buttons=(Button("b", "Again", "turn"), Button("s", "Stop", "stop")))
    made = plan(Press("b"), TWO, app, ANN)
    assert (made.input, made.user) == (PressButton("b"), None)
    for gone in ("s", "x"):
        with pytest.raises(Denied):
            plan(Press(gone), TWO, app, ANN)


def test_retry_of_the_newest_asks_again_with_what_came_before() -> None:
    made = plan(Retry(), TWO, APP, BEN)
    assert made.input == SendMessage((Text("two"),))
    assert texts(made) == ["one", "1"]
    assert made.user == user("two", ANN), "who retries is not who said it"
    assert made.supersedes == (2,)


def test_retry_of_an_older_turn_drops_the_later_ones() -> None:
    made = plan(Retry(1), TWO, APP, ANN)
    assert texts(made) == []
    assert made.supersedes == (1, 2)


def test_retry_of_a_failed_turn_says_again_what_was_said() -> None:
    made = plan(Retry(3), past((1, "one", "1"), t3=Say((Text("three"),))), APP, ANN)
    assert made.input == SendMessage((Text("three"),))
    assert texts(made) == ["one", "1"]
    assert made.supersedes == (3,)


def test_retries_of_failed_retries_lead_back_to_what_was_said() -> None:
    before = past((1, "one", "1"), t2=Say((Text("two"),)), t3=Retry(2), t4=Retry(3))
    made = plan(Retry(), before, APP, ANN)
    assert made.input == SendMessage((Text("two"),))
    assert texts(made) == ["one", "1"]
    assert made.supersedes == (2, 3, 4)


def test_a_failed_retry_of_an_answer_stands_for_that_answer() -> None:
    made = plan(Retry(2), past((1, "one", "1"), t2=Retry(1)), APP, ANN)
    assert made.input == SendMessage((Text("one"),))
    assert texts(made) == []
    assert made.supersedes == (1, 2)


def test_a_failed_edit_is_retried_as_edited() -> None:
    made = plan(Retry(2), past((1, "one", "1"), t2=Edit((Text("uno"),), 1)), APP, ANN)
    assert made.input == SendMessage((Text("uno"),))
    assert made.supersedes == (1, 2)


def test_retries_that_name_each_other_end() -> None:
    with pytest.raises(Denied):
        plan(Retry(1), past(t1=Retry(2), t2=Retry(1)), APP, ANN)


def test_retry_of_an_option_chooses_it_again() -> None:
    entries = (
        Entry(1, user("one")),
        Entry(1, bot("pick", "a", "b")),
        Entry(2, user("b", None)),
        Entry(2, bot("b it is")),
    )
    for choice in (Choose(1, 1), Choose(1)):
        commands: dict[int, TurnCommand] = {2: choice}
        made = plan(Retry(2), Past(entries, commands.get, 2), APP, ANN)
        assert made.input == SendOption(1, 1, "b")
        assert made.supersedes == (2,)


def test_an_edit_forks_where_it_was_said() -> None:
    made = plan(Edit((Text("uno"),), 1), TWO, APP, BEN)
    assert made.input == SendMessage((Text("uno"),))
    assert (texts(made), made.supersedes) == ([], (1, 2))
    assert made.user == user("uno", ANN)


def test_what_does_not_count_any_more_cannot_be_repeated() -> None:
    for command in (Retry(9), Edit((Text("x"),), 9)):
        with pytest.raises(Denied, match="no longer part"):
            plan(command, TWO, APP, ANN)
        assert replaced(command, TWO) == ()
    with pytest.raises(Denied, match="nothing to answer again yet"):
        plan(Retry(), past(), APP, ANN)


def test_what_the_app_forbids_is_denied() -> None:
    strict = replace(APP, abilities=Abilities(retry=False, edit=False))
    with pytest.raises(Denied, match="answering again"):
        plan(Retry(), TWO, strict, ANN)
    with pytest.raises(Denied, match="editing"):
        plan(Edit((Text("x"),)), TWO, strict, ANN)


def test_a_handler_of_the_apps_own_gets_the_history_up_to_the_turn() -> None:
    made = plan(Retry(1), TWO, APP, ANN, frozenset({"retry"}))
    assert made.input == Again("retry", 0)
    assert texts(made) == ["one", "1"]
    edited = plan(Edit((Text("zwei"),), 2), TWO, APP, ANN, frozenset({"edit"}))
    assert edited.input == Again("edit", 2, (Text("zwei"),))
    assert edited.user == user("zwei")


def test_the_window_keeps_the_newest_and_what_the_input_points_to() -> None:
    long = past(*((number, f"said {number}", f"answer {number}") for number in range(1, 6)))
    made = windowed(plan(Say((Text("x"),)), long, APP, ANN), 3)
    assert texts(made) == ["answer 4", "said 5", "answer 5"]
    entries = (Entry(1, bot("pick", "a")), *(Entry(2, user(str(number))) for number in range(5)))
    chosen = windowed(plan(Choose(0, 1), Past(entries, unheard_of, 2), APP, ANN), 2)
    assert isinstance(chosen.input, SendOption)
    assert chosen.history[chosen.input.message].options
    late = (*(Entry(1, user(str(number))) for number in range(5)), Entry(2, bot("pick", "a")))
    chosen = windowed(plan(Choose(0), Past(late, unheard_of, 2), APP, ANN), 2)
    assert chosen.input == SendOption(1, 0, "a")


def names(mode: Literal["auto", "always", "never"], made: Plan, *, shared: bool = True) -> tuple[list[str], str]:
    history, sent = with_names(made, mode, shared=shared)
    assert isinstance(sent, SendMessage)
    return [message.text for message in history], Message("user", sent.parts).text


def test_names_come_with_the_second_person() -> None:
    alone = plan(Say((Text("three"),)), TWO, APP, ANN)
    assert names("auto", alone) == (["one", "1", "two", "2"], "three")
    both = plan(Say((Text("three"),)), TWO, APP, BEN)
    assert names("auto", both) == (["Ann: one", "1", "Ann: two", "2"], "Ben: three")
    assert names("auto", both, shared=False)[1] == "three"
    assert names("never", both)[1] == "three"
    assert names("always", alone) == (["Ann: one", "1", "Ann: two", "2"], "Ann: three")


def test_a_message_without_words_still_has_its_speaker() -> None:
    made = plan(Say(()), TWO, APP, BEN)
    assert names("always", made)[1] == "Ben:"


def test_option_values_and_examples_never_get_a_name() -> None:
    entries = (Entry(1, user("one", BEN)), Entry(1, bot("pick", "a")))
    chosen = plan(Choose(0), Past(entries, unheard_of, 1), APP, ANN)
    history, sent = with_names(chosen, "always", shared=True)
    assert sent == SendOption(1, 0, "a")
    after = Past((*entries, Entry(2, user("a", None)), Entry(2, bot("fine"))), unheard_of, 2)
    history, _ = with_names(plan(Say((Text("x"),)), after, APP, ANN), "always", shared=True)
    assert [message.text for message in history] == ["Ben: one", "pick", "a", "fine"]


def test_an_edit_by_the_apps_handler_is_named_too() -> None:
    made = plan(Edit((Text("zwei"),), 2), TWO, APP, ANN, frozenset({"edit"}))
    _, sent = with_names(made, "always", shared=True)
    assert sent == Again("edit", 2, (Text("Ann: zwei"),))


def test_states() -> None:
    assert TRANSITIONS.keys() == set(TurnState)
    assert end_state("final") is TurnState.DELIVERED
    assert end_state("stopped") is TurnState.STOPPED
    assert end_state("failed") is TurnState.FAILED


def test_a_broken_turn_is_run_once_more_then_failed_then_given_up() -> None:
    assert [resumption(TurnState.RUNNING, attempts, 0) for attempts in (1, 2, 3)] == ["run", "run", "fail"]
    assert [resumption(TurnState.RUNNING, attempts, 2) for attempts in (3, 4, 5)] == ["run", "run", "fail"]
    assert resumption(TurnState.ANSWERED, MAX_CLAIMS, 0) == "deliver"
    for state in (TurnState.RUNNING, TurnState.ANSWERED):
        assert resumption(state, MAX_CLAIMS + 1, 0) == "give up"
