"""What people mean by a few words: a choice, an end, a name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.audio.spoken import addressed, choice_of, is_stop, spoken_options
from trunkline.messages import Option

DRINKS = (Option("tea", "Green tea"), Option("coffee", "Coffee"), Option("water", "Sparkling water"))


@pytest.mark.parametrize(
    ("said", "index"),
    [
        ("Two.", 1), ("2", 1), ("number two please", 1), ("the second one", 1), ("I'd like the third", 2),
        ("to", 1), ("won", 0), ("the last one", 2), ("option 3", 2), ("first", 0),
        ("le deuxième, s'il te plaît", 1), ("la première", 0), ("numéro trois", 2), ("un", 0),
        ("la segunda", 1), ("el tercero por favor", 2), ("uno", 0), ("la última", 2),
        ("il secondo", 1), ("la terza", 2), ("numero tre", 2),
        ("второй", 1), ("третий вариант, пожалуйста", 2), ("один", 0), ("последний", 2),
        ("das zweite bitte", 1), ("Nummer drei", 2), ("die erste", 0), ("eins", 0),
        ("Coffee!", 1), ("coffee please", 1), ("I'd like the green tea", 0), ("sparkling waters", 2), ("tea", 0),
        ("cofee", 1),
    ],
)  # fmt: skip
def test_an_option_is_chosen(said: str, index: int) -> None:
    assert choice_of(said, DRINKS) == index


@pytest.mark.parametrize(
    "said",
    [
        "", "...", "four", "the fourth", "0", "not the first one", "no coffee", "beer", "one or two",
        "Well I have been thinking about it and coffee might be nice but then again tea is too",
        "can you tell me what the second one tastes like", "why",
    ],
)  # fmt: skip
def test_nothing_is_chosen(said: str) -> None:
    assert choice_of(said, DRINKS) is None
    assert choice_of(said, ()) is None


def test_labels_go_before_numbers() -> None:
    floors = tuple(map(Option, ("3", "2", "1")))

    assert choice_of("three", floors) == 0
    assert choice_of("one", floors) == 2
    assert choice_of("the second", floors) == 1


def test_yes_and_no() -> None:
    answers = (Option("Yes"), Option("No"), Option("I do not know"))

    assert choice_of("Yes please!", answers) == 0
    assert choice_of("No, thanks.", answers) == 1
    assert choice_of("I do not know", answers) == 2


def test_two_that_sound_the_same_are_no_choice() -> None:
    assert choice_of("the red car", (Option("red car"), Option("Red car!"))) is None
    assert choice_of("a red cat", (Option("red car"), Option("red cap"))) is None


@given(
    st.lists(st.text("abcdefgh ", min_size=5, max_size=20).filter(str.strip), min_size=1, max_size=9), st.data()
)
def test_every_option_can_be_chosen_as_it_is_read_out(labels: list[str], data: st.DataObject) -> None:
    options = tuple(map(Option, labels))
    index = data.draw(st.integers(0, len(labels) - 1))

    for language in ("en", "fr", "es", "it", "ru", "de"):
        number, _, _ = spoken_options(options, language)[index].partition(":")
        assert choice_of(number, options) == index


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("Stop.", ""), ("stop stop stop", "en"), ("Please stop!", "en-GB"), ("okay, that's enough", "en"),
        ("Arrête !", "fr"), ("s'il te plaît arrête", "fr-CA"), ("tais-toi", "fr"), ("¡Basta ya!", "es"),
        ("Para, por favor.", "es"), ("fermati", "it"), ("Стоп!", "ru"), ("хватит", ""), ("hör auf", "de"),
        ("Stop", "ja"),
    ],
)  # fmt: skip
def test_a_call_to_stop(said: str, language: str) -> None:
    assert is_stop(said, language)


@pytest.mark.parametrize(
    ("said", "language"),
    [
        ("", ""), ("please", "en"), ("don't stop", "en"), ("when does the bus stop here", "en"), ("basta", "ru"),
        ("stop the music at nine", "en"), ("para", "en"), ("para mañana", "es"),
    ],
)  # fmt: skip
def test_no_call_to_stop(said: str, language: str) -> None:
    assert not is_stop(said, language)


@pytest.mark.parametrize(
    ("said", "rest"),
    [
        ("Hey Trunkline, what time is it?", "what time is it?"),
        ("trunk line what's new", "what's new"),
        ("Trunklein: tell me", "tell me"),
        ("Trunkline!", ""),
        ("What time is it, Trunkline?", "What time is it?"),
        ("ok Al, go on", "go on"),
        ("Привет, Trunkline. Как дела?", "Как дела?"),
        ("the trunk is full", None),
        ("all right, go on", None),
        ("I told Trunkline to stop it", None),
        ("", None),
    ],
)
def test_who_is_addressed(said: str, rest: str | None) -> None:
    assert addressed(said, ("Trunkline", "Al", "")) == rest


@given(st.text(max_size=60))
def test_whatever_was_heard_is_judged(said: str) -> None:
    choice = choice_of(said, DRINKS)
    assert choice is None or 0 <= choice < len(DRINKS)
    rest = addressed(said, ("Trunkline",))
    assert rest is None or len(rest) <= len(said)
    assert is_stop(said) in (True, False)
