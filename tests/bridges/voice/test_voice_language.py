"""The language of a call: its conversation's own, else that of the settings."""

from __future__ import annotations

from typing import Any

import pytest

from fakes.backend import reply
from fakes.calls import FakeCall, Recogniser
from trunkline.calls import Tuning, aloud
from trunkline.inbound import Choose
from trunkline.messages import Text

OFFER = reply(Text("Am 3. Oktober?"), options=("Ja", "Nein"))


def speaking(language: str) -> Recogniser:
    made = Recogniser()
    made.language = language
    return made


def tuned(language: str) -> Any:
    def tune(call: FakeCall) -> None:
        call.tuning = Tuning(language)

    return tune


@pytest.mark.parametrize(
    ("usual", "own", "read"),
    [
        ("", "", ["Am 3.", "Oktober?", "One: Ja.", "Two: Nein."]),
        ("", "de-AT", ["Am 3. Oktober?", "Eins: Ja.", "Zwei: Nein."]),
        ("de", "", ["Am 3. Oktober?", "Eins: Ja.", "Zwei: Nein."]),
        ("de", "fr", ["Am 3.", "Oktober?", "Un: Ja.", "Deux: Nein."]),
    ],
)
async def test_replies_and_options_are_read_in_it(ring: Any, usual: str, own: str, read: list[str]) -> None:
    phone = await ring(speech=speaking(usual), call=tuned(own))
    await phone.say("When?")
    await phone.answer(OFFER)
    assert [text for text, _ in phone.speech.spoken] == read


async def test_answers_are_understood_in_it(ring: Any) -> None:
    phone = await ring(speech=speaking("pt"))
    await phone.say("When?")
    assert phone.speech.heard[-1][1] == "pt"
    await phone.answer(OFFER)
    turn = phone.turn.id
    await phone.say("Um.")
    assert phone.core.events[-1].command == Choose(0, turn)


def test_what_is_handed_on_to_where_it_is_heard() -> None:
    assert aloud({"channel": "1", "call": "a", "language": "de"}) == {"call": "a", "language": "de"}
    assert aloud({"channel": "1", "call": "a"}) == {"call": "a"}
