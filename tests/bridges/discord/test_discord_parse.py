"""What a message means, by what is set; and the events that are made of it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from trunkline.backend import Feedback
from trunkline.bridge import FoundTurn, TurnView
from trunkline.inbound import Edit, MessageDeleted, Place, Rate, Say
from trunkline.messages import Reply, Speaker, Text
from trunkline_bridges.discord.facts import Attached, Member, Spot, Written, place_of
from trunkline_bridges.discord.options import DiscordOptions
from trunkline_bridges.discord.parse import (
    Called,
    Heard,
    Meaning,
    Refused,
    Unread,
    deleted,
    edited,
    feedback_of,
    is_of_person,
    parse,
    permitted,
    rated,
    said,
)

BOT = "1"
ADA = Member("7", "Ada", roles=frozenset({"50"}))
CHANNEL = Spot("20", guild="30", category="40")
THREAD = Spot("21", parent="20", guild="30", category="40")
OWN = replace(THREAD, own_thread=True)
DM = Spot("22", private=True)
TALK = Written("100", CHANNEL, ADA, 5.0, "hello", length=5)
MENTION = replace(TALK, mentions_bot=True)
REPLY = replace(TALK, replies_to_bot=True)
TO_HER = replace(TALK, spot=DM)
HEARD, ANYWAY = Heard(addressed=True), Heard(addressed=False)


def means(written: Written, **options: Any) -> Meaning:
    return parse(written, DiscordOptions.model_validate(options), BOT)


@pytest.mark.parametrize(
    ("written", "options", "meaning"),
    [
        (TALK, {}, None),
        (MENTION, {}, HEARD),
        (REPLY, {}, HEARD),
        (MENTION, {"mentions": False}, None),
        (REPLY, {"mentions": False}, None),
        (TO_HER, {}, HEARD),
        (TO_HER, {"direct_messages": False}, None),
        (replace(TO_HER, mentions_bot=True), {"direct_messages": False}, None),
        (TALK, {"channels": ["20"]}, ANYWAY),
        (replace(TALK, spot=THREAD), {"channels": ["20"]}, ANYWAY),
        (replace(TALK, spot=THREAD), {"channels": ["21"]}, ANYWAY),
        (TALK, {"channels": ["21"]}, None),
        (replace(TALK, spot=THREAD), {}, None),
        (replace(TALK, spot=OWN), {}, ANYWAY),
        (replace(MENTION, author=replace(ADA, id=BOT)), {"bots": [BOT]}, None),
        (replace(MENTION, author=replace(ADA, bot=True)), {}, None),
        (replace(MENTION, author=replace(ADA, bot=True)), {"bots": ["7"]}, HEARD),
        (replace(MENTION, text=""), {}, Called()),
        (replace(MENTION, text="", author=replace(ADA, bot=True)), {"bots": ["7"]}, None),
        (replace(TALK, text=""), {"channels": ["20"]}, None),
        (replace(MENTION, text="", files=(Attached("u", "n"),)), {}, HEARD),
        (replace(TALK, text="", readable=False), {"channels": ["20"]}, Unread()),
        (replace(REPLY, text="", readable=False), {}, Unread()),
        (replace(TALK, text="", readable=False), {}, None),
    ],
)
def test_what_a_message_means(written: Written, options: Mapping[str, Any], meaning: Meaning) -> None:
    assert means(written, **options) == meaning


@pytest.mark.parametrize(
    ("written", "thread", "opens"),
    [
        (MENTION, "never", False),
        (MENTION, "per_mention", True),
        (REPLY, "per_mention", False),
        (REPLY, "always", True),
        (replace(MENTION, spot=THREAD), "always", False),
        (replace(MENTION, spot=DM), "always", False),
    ],
)
def test_which_messages_open_threads(written: Written, thread: str, opens: bool) -> None:
    assert means(written, thread=thread) == Heard(addressed=True, opens_thread=opens)


@pytest.mark.parametrize(
    ("options", "spot", "allowed"),
    [
        ({}, CHANNEL, True),
        ({"allow_roles": ["50"]}, CHANNEL, True),
        ({"allow_roles": ["51"]}, CHANNEL, False),
        ({"allow_roles": ["50"], "block_roles": ["50"]}, CHANNEL, False),
        ({"allow_categories": ["40"]}, CHANNEL, True),
        ({"allow_categories": ["40"]}, THREAD, True),
        ({"allow_categories": ["41"]}, CHANNEL, False),
        ({"allow_categories": ["40"]}, DM, False),
        ({"block_categories": ["40"]}, CHANNEL, False),
        ({"block_categories": ["40"]}, DM, True),
        ({"allow_users": ["7"]}, CHANNEL, True),
        ({"block_users": ["7"]}, CHANNEL, False),
        ({"allow_teams": ["31"]}, CHANNEL, False),
        ({"block_channels": ["20"]}, THREAD, False),
        ({"allow_channels": ["20"]}, THREAD, True),
    ],
)
def test_the_lists(options: Mapping[str, Any], spot: Spot, allowed: bool) -> None:
    made = DiscordOptions.model_validate(options)
    assert permitted(made, spot, ADA) is allowed
    assert parse(replace(MENTION, spot=spot), made, BOT) == (HEARD if allowed else Refused())
    if not allowed and not spot.private:
        listening = DiscordOptions.model_validate({**options, "channels": ["20"]})
        assert parse(replace(TALK, spot=spot), listening, BOT) is None, "who did not speak to it hears nothing"


@pytest.mark.parametrize(
    ("history", "spot", "place"),
    [
        ("thread", CHANNEL, Place("discord", "app", "30", "20")),
        ("thread", THREAD, Place("discord", "app", "30", "20", "21")),
        ("channel", THREAD, Place("discord", "app", "30", "20")),
        ("user", CHANNEL, Place("discord", "app", "30", "20", user="7")),
        ("user", THREAD, Place("discord", "app", "30", "20", "21", "7")),
        ("user", DM, Place("discord", "app", channel="22")),
        ("user", replace(DM, foreign=True), Place("discord", "app", channel="22", user="7")),
    ],
)
def test_who_shares_a_history(history: Any, spot: Spot, place: Place) -> None:
    assert place_of(DiscordOptions(history=history), spot, "7", "app") == place


# The events

PARTS = (Text("hello"),)
PLACE = Place("discord", "app", "30", "20")


def test_a_message() -> None:
    event = said(MENTION, PLACE, CHANNEL, PARTS, "100")
    assert (event.event_key, event.message_id, event.command) == ("discord:20:100", "100", Say(PARTS))
    assert event.speaker == Speaker("discord", "7", "Ada")
    assert event.target == {
        "channel": "20",
        "guild": "30",
        "asker": "7",
        "at": 5.0,
        "upload_limit": CHANNEL.upload_limit,
        "reply_to": "100",
    }
    assert said(MENTION, PLACE, CHANNEL, PARTS, "101").target["newest"] == "101"


def test_a_message_that_is_answered_in_its_thread() -> None:
    event = said(MENTION, PLACE, replace(OWN, channel="100"), PARTS)
    assert (event.event_key, event.target["channel"]) == ("discord:20:100", "100")
    assert "reply_to" not in event.target


def found(**target: Any) -> FoundTurn:
    view = TurnView(9, "delivered", None, Reply(), 0.0)
    whole = {"channel": "20", "guild": "30", "asker": "7", "at": 5.0, "reply_to": "100", **target}
    return FoundTurn(view, PLACE, Speaker("discord", "7", "Ada"), 3, whole, newest=True)


def test_an_edit_is_the_turns_and_not_an_interactions() -> None:
    turn = found(token="t", until=9.0, original=True, asked="?", foreign=True)
    event = edited(replace(MENTION, edited_at=6.25), turn, PARTS)
    assert event.event_key == "discord:20:100:edit:6250"
    assert event.command == Edit(PARTS, -1, "100")
    assert (event.place, event.conversation) == (PLACE, 3)
    assert event.target == {"channel": "20", "guild": "30", "asker": "7", "at": 6.25, "reply_to": "100"}


def test_a_deletion_and_a_rating() -> None:
    gone = deleted("20", "100", found(), 8.0)
    assert (gone.event_key, gone.command) == ("discord:20:100:deleted", MessageDeleted("100"))
    likes = [
        rated("20", "101", ADA, value, found(), at) for value, at in (("Like", 8.0), ("", 8.5), ("Like", 9.0))
    ]
    assert len({event.event_key for event in likes}) == 3
    assert [event.command for event in likes] == [Rate("Like", 9), Rate("", 9), Rate("Like", 9)]


@pytest.mark.parametrize(
    ("emoji", "offered", "value"),
    [
        ("👍", Feedback(like=True, dislike=True), "Like"),
        ("👎", Feedback(like=True, dislike=True), "Dislike"),
        ("👍🏿", Feedback(like=True), "Like"),
        ("👎", Feedback(like=True), ""),
        ("👍", Feedback(others=("Great",)), ""),
        ("🎉", Feedback(like=True, dislike=True), ""),
    ],
)
def test_what_a_reaction_says(emoji: str, offered: Feedback, value: str) -> None:
    assert feedback_of(emoji, offered) == value


def test_whose_message_it_is() -> None:
    turn = found(newest="102")
    assert [is_of_person(turn, key) for key in ("100", "102", "101")] == [True, True, False]
    in_thread = replace(turn, place=replace(PLACE, thread="99"))
    assert is_of_person(in_thread, "99")
