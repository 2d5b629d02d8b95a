"""What the history keeps of a reply that was not heard to its end."""

from __future__ import annotations

import pytest

from trunkline.cutting import as_heard
from trunkline.inbound import Heard
from trunkline.messages import Blob, Media, Message, Option, Text, Thought

THOUGHT = Thought("Looking", (Text("deep"),))
SOUND = Media("audio", Blob("a" * 64, 1))


def said(*parts: Text | Media | Thought, options: tuple[Option, ...] = ()) -> Message:
    return Message("assistant", parts, options)


@pytest.mark.parametrize(
    ("messages", "text", "kept"),
    [
        ([said(Text("One. Two."))], "One.", [said(Text("One. …"))]),
        ([said(Text("One. Two."))], "", [said(Text("…"))]),
        ([said(THOUGHT), said(Text("a")), said(Text("b"))], "a", [said(THOUGHT), said(Text("a …")), None]),
        ([said(Text("a"), SOUND, Text("b"))], "a", [said(Text("a …"), SOUND)]),
        ([said(Text("a"), options=(Option("x"),))], "a", [said(Text("a …"))]),
    ],
)
def test_what_was_not_heard_is_dropped(messages: list[Message], text: str, kept: list[Message | None]) -> None:
    assert list(as_heard(messages, Heard(1, text=text))) == kept


def test_a_recording_joins_the_last_message_that_is_left_once() -> None:
    messages = as_heard([said(Text("a")), said(Text("b"))], Heard(1, recording=SOUND))
    heard = [one for one in messages if one is not None]
    assert [len(one.media) for one in heard] == [0, 1]
    assert heard[1].media[0].recording
    again = as_heard(heard, Heard(1, recording=Media("audio", Blob("b" * 64, 1))))
    assert [one.media[0].source for one in again if one and one.media] == [Blob("b" * 64, 1)]
    cut = as_heard(heard, Heard(1, text="a", recording=SOUND))
    assert [one is None for one in cut] == [False, False]
    assert cut[1] is not None
    assert len(cut[1].parts) == 1


def test_a_sound_remembers_how_much_of_it_was_played() -> None:
    (kept,) = as_heard([said(SOUND)], Heard(1, ms=700))
    assert kept is not None
    assert kept.media[0].heard_ms == 700
