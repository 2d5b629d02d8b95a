"""The vocabulary survives a journey through JSON."""

from __future__ import annotations

import json

import pytest

from trunkline import inbound, messages
from trunkline.codec import decode, decode_all, encode

EVERYTHING = messages.Reply(
    messages=(
        messages.Message(
            "assistant",
            (
                messages.Thought(
                    "Search", (messages.Text("found"), messages.Thought("inner")), duration=0.5, id="a"
                ),
                messages.Media("image", messages.Blob("ab" * 32, 12), alt="a cat", group="g"),
                messages.Media("plot", spec={"type": "plotly", "plot": "{}"}),
                messages.Media("audio", messages.Inline(b"\x00\xff"), heard_ms=0),
                messages.Media("file", messages.AppFile("/tmp/x", live=True), error="gone"),
                messages.Artifact("table", "T", {"headers": ["a"], "data": [[1]]}),
            ),
            (messages.Option("yes", "Yes"),),
            messages.Speaker("web", "7", "Ada"),
        ),
    ),
    artifacts=(messages.Artifact("code", "main.py", "print()", "python"),),
    notices=(messages.Notice("queue", rank=0, queue_size=3, eta=1.5),),
    state="failed",
    error="no",
)


def test_a_reply_comes_back_the_same() -> None:
    assert decode(json.loads(json.dumps(encode(EVERYTHING))), messages.Reply) == EVERYTHING


@pytest.mark.parametrize(
    "command",
    [
        inbound.Say((messages.Text("hi"),)),
        inbound.Edit((messages.Text("hi"),), turn=-1, message_id="9"),
        inbound.Rate("Like", turn=3, of_user=True, comment="c"),
        inbound.Configure({"temperature": 0.5, "tags": ["a"], "none": None}),
        inbound.Choose(2, turn=1),
        inbound.Pause(on=False),
    ],
)
def test_an_event_comes_back_the_same(command: inbound.Command) -> None:
    event = inbound.Inbound(
        "k", inbound.Place("web", "app"), messages.Speaker("web", "7"), command, 1.5, target={"channel": "c"}
    )
    assert decode(json.loads(json.dumps(encode(event))), inbound.Inbound) == event


def test_defaults_are_left_out() -> None:
    assert encode(messages.Text("a")) == {"type": "text", "text": "a"}


def test_fields_of_a_newer_version_are_passed_over() -> None:
    assert decode({"type": "text", "text": "a", "colour": "red"}, messages.Text) == messages.Text("a")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ({"type": "nonsense"}, "unknown type 'nonsense'"),
        ({"type": "text"}, "a text lacks 'text'"),
        ({"type": "text", "text": "a"}, "expected Media, found Text"),
    ],
)
def test_what_is_not_of_the_vocabulary_is_refused(value: messages.Json, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        decode(value, messages.Media)


def test_an_array_is_decoded_item_by_item() -> None:
    assert decode_all([{"type": "text", "text": "a"}], messages.Text) == (messages.Text("a"),)
    with pytest.raises(ValueError, match="array"):
        decode_all("a", messages.Text)
