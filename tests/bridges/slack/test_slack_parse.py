"""What Slack's events mean, and mrkdwn as Markdown: pure."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trunkline.words import words
from trunkline_bridges.slack.facts import Attached, place_of
from trunkline_bridges.slack.hearing.reading import (
    Bot,
    Changed,
    Deleted,
    Happening,
    Reacted,
    Said,
    Stopped,
    read,
    team_of,
)
from trunkline_bridges.slack.mrkdwn import markdown, mentions
from trunkline_bridges.slack.options import SlackOptions
from trunkline_bridges.slack.parse import (
    Called,
    Follows,
    Heard,
    Meaning,
    Refused,
    feedback_of,
    is_native,
    key_of,
    meaning,
    permitted,
    said_in,
)

BOT = Bot("T1", "UBOT", "BBOT")


def options(**more: Any) -> SlackOptions:
    return SlackOptions.model_validate(more)


def envelope(event: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "type": "event_callback",
        "team_id": "T1",
        "authorizations": [{"team_id": "T1"}],
        "event": event,
    } | more


def message(text: str = "hello", **more: Any) -> dict[str, Any]:
    plain = {"type": "message", "channel": "C1", "channel_type": "channel", "user": "U1", "ts": "10.000001"}
    return plain | {"text": text} | more


def heard(event: dict[str, Any], made: SlackOptions | None = None, **more: Any) -> Happening | None:
    return read(envelope(event, **more), BOT, made or options())


def said(event: dict[str, Any], made: SlackOptions | None = None, **more: Any) -> Said:
    found = heard(event, made, **more)
    assert isinstance(found, Said)
    return found


def meant(event: dict[str, Any], **more: Any) -> Meaning:
    made = options(**more)
    one = said(event, made)
    return meaning(replace(one, written=replace(one.written, text=markdown(one.written.text, {}, "UBOT"))), made)


def test_message_and_mention_have_one_key_and_one_meaning() -> None:
    text = "<@UBOT> hello"
    mention = {name: value for name, value in message(text).items() if name != "channel_type"}
    one, two = said(message(text)).written, said(mention | {"type": "app_mention"}).written
    assert key_of(one) == key_of(two) == "slack:T1:C1:10.000001"
    assert one == two
    assert meant(message(text)) == Heard(addressed=True)


def test_the_team_is_the_one_that_installed_the_app_and_a_guests_is_theirs() -> None:
    event = message("<@UBOT> hi", user_team="T2", team="T2")
    shared = envelope(event, team_id="T2", is_ext_shared_channel=True)
    assert team_of(shared) == "T1"
    assert team_of({"context_team_id": "T3", "team_id": "T4"}) == "T3"
    written = said(event, is_ext_shared_channel=True).written
    assert (written.spot.team, written.author.team) == ("T1", "T2")
    assert permitted(options(), written.spot, written.author)
    assert not permitted(options(guests=False), written.spot, written.author)
    within = said(event).written
    assert within.author.team == "T1", "workspaces of one organisation are no guests"


@pytest.mark.parametrize(
    "event",
    [
        message(user="UBOT"),
        message(bot_id="BBOT"),
        message(subtype="channel_join"),
        message(subtype="assistant_app_thread"),
        message(hidden=True),
        message(ts=""),
        {"type": "app_home_opened"},
        {},
        {"type": "message", "subtype": "message_replied", "channel": "C1"},
        {"type": "reaction_added", "user": "U1", "reaction": "+1", "item": {"type": "file"}},
    ],
)
def test_what_is_none_of_ours(event: dict[str, Any]) -> None:
    assert heard(event) is None


@pytest.mark.parametrize(
    ("event", "settings", "wanted"),
    [
        (message(), {}, None),
        (message("<@UBOT> x"), {"mentions": False}, None),
        (message(), {"channels": ["C1"]}, Heard(False)),
        (message(thread_ts="9.1"), {}, Follows()),
        (message(thread_ts="9.1"), {"mentions": False}, None),
        (message(thread_ts="10.000001"), {}, None),
        (message(thread_ts="9.1"), {"block_users": ["U1"]}, None),
        (message("<@UBOT> x", thread_ts="9.1"), {}, Heard(True)),
        (message("<@UBOT>"), {}, Called()),
        (message("<@UBOT> x"), {"allow_users": ["U2"]}, Refused()),
        (message("<@UBOT> x"), {"allow_teams": ["T2"]}, Refused()),
        (message("<@UBOT> x"), {"block_channels": ["C1"]}, Refused()),
        (message(), {"channels": ["C1"], "block_users": ["U1"]}, None),
        (message("<@UBOT> x", bot_id="B2"), {}, None),
        (message("<@UBOT> x", bot_id="B2"), {"bots": ["B2"]}, Heard(True)),
        (message("<@UBOT>", bot_id="B2"), {"bots": ["B2"]}, None),
        (message("<@UBOT> x", user="USLACKBOT"), {}, None),
        (message(channel="D1", channel_type="im"), {}, Heard(True)),
        (message(channel="D1", channel_type="im"), {"direct_messages": False}, None),
        (
            message("", files=[{"id": "F1"}], subtype="file_share", channel="D1", channel_type="im"),
            {},
            Heard(True),
        ),
        (message("<@UBOT> x", channel="G1", channel_type="mpim"), {"direct_messages": False}, Heard(True)),
    ],
)
def test_what_a_message_is_to_the_bot(event: dict[str, Any], settings: dict[str, Any], wanted: Meaning) -> None:
    assert meant(event, **settings) == wanted


@pytest.mark.parametrize(
    ("event", "settings", "thread"),
    [
        (message(), {}, "10.000001"),
        (message(thread_ts="9.1"), {}, "9.1"),
        (message(channel="D1", channel_type="im"), {}, "10.000001"),
        (message(channel="D1", channel_type="im"), {"agent": "none"}, ""),
        (message(channel="D1", channel_type="im", thread_ts="9.1"), {"agent": "none"}, "9.1"),
    ],
)
def test_where_it_is_answered(event: dict[str, Any], settings: dict[str, Any], thread: str) -> None:
    assert said(event, options(**settings)).written.spot.thread == thread


@pytest.mark.parametrize(
    ("streaming", "agent", "private", "native"),
    [
        ("auto", "auto", True, True),
        ("auto", "auto", False, False),
        ("auto", "none", True, False),
        ("native", "auto", False, True),
        ("edit", "agent", True, False),
    ],
)
def test_where_slacks_own_streams_are_tried(streaming: str, agent: str, private: bool, native: bool) -> None:
    made = options(streaming=streaming, agent=agent)
    event = message(channel="D1", channel_type="im") if private else message("<@UBOT> x")
    written = said(event, made).written
    assert is_native(made, written.spot) is native
    target = said_in(written, place_of(made, written.spot, "demo"), (), made).target
    assert target.get("native", False) is native


def test_edits_are_those_of_people_and_change_what_is_said() -> None:
    now = {"ts": "10.1", "user": "U1", "text": "new", "edited": {"ts": "11.1"}}
    event = {"type": "message", "subtype": "message_changed", "channel": "C1", "channel_type": "channel"}
    changed = heard(event | {"message": now, "previous_message": {"text": "old"}})
    assert isinstance(changed, Changed)
    assert (changed.written.ts, changed.written.edited_ts, changed.written.text) == ("10.1", "11.1", "new")
    for message_now, before in (
        (now, {"text": "new"}),
        (now, {"text": "old", "edited": {"ts": "11.1"}}),
        ({**now, "edited": None}, {"text": "old"}),
        ({**now, "user": "UBOT"}, {"text": "old"}),
        ({**now, "bot_id": "B2"}, {"text": "old"}),
    ):
        assert heard(event | {"message": message_now, "previous_message": before}) is None
    with_file = heard(event | {"message": now | {"files": [{"id": "F1"}]}, "previous_message": {"text": "new"}})
    assert isinstance(with_file, Changed)


def test_a_deleted_root_with_replies_is_a_tombstone() -> None:
    before = {"ts": "10.1", "user": "U1", "text": "old"}
    gone = {"type": "message", "subtype": "message_changed", "channel": "C1", "event_ts": "12.0"}
    found = heard(gone | {"message": {"subtype": "tombstone", "ts": "10.1"}, "previous_message": before})
    assert isinstance(found, Deleted)
    assert (found.ts, found.at) == ("10.1", 12.0)
    deleted = {"type": "message", "subtype": "message_deleted", "channel": "C1", "deleted_ts": "10.1"}
    assert isinstance(heard(deleted | {"previous_message": before}), Deleted)
    assert heard(deleted | {"previous_message": {**before, "user": "UBOT"}}) is None


def test_reactions_and_stop() -> None:
    item = {"type": "message", "channel": "D1", "ts": "10.1"}
    event = {"type": "reaction_added", "user": "U1", "reaction": "+1", "item": item, "event_ts": "12.5"}
    added = heard(event | {"item_user": "UBOT"})
    assert isinstance(added, Reacted)
    assert (added.added, added.at, added.spot.private) == (True, 12.5, True)
    taken = heard(event | {"item_user": "UBOT", "type": "reaction_removed"})
    assert isinstance(taken, Reacted)
    assert taken.key != added.key
    assert heard(event | {"item_user": "U2"}) is None
    assert heard(event | {"item_user": "UBOT", "user": "UBOT"}) is None
    assert heard(event | {"item_user": "UBOT", "reaction": "tada"}) is None
    stop = {"type": "agent_session_stopped", "channel": "C1", "user": "U1", "thread_ts": "9.1", "event_ts": "13.0"}
    found = heard(stop | {"streaming_message_ts": ["9.5"]})
    assert isinstance(found, Stopped)
    assert (found.spot.thread, found.streams, found.key) == ("9.1", ("9.5",), "slack:T1:C1:9.1:stop:13.0")
    assert [feedback_of(name) for name in ("thumbsup", "-1::skin-tone-6", "heart")] == ["Like", "Dislike", ""]


def test_files() -> None:
    clip = {"id": "F1", "name": "a.mp4", "subtype": "slack_audio", "duration_ms": 4500, "mimetype": "video/mp4"}
    shown = {"id": "F2", "title": "t", "url_private": "https://x/y", "size": 3, "alt_txt": "alt"}
    gone = {"id": "F3", "mode": "tombstone"}
    event = message("", files=[clip, shown, gone], subtype="file_share")
    assert said(event).written.files == (
        Attached("F1", "", "a.m4a", "video/mp4", seconds=4.5),
        Attached("F2", "https://x/y", "t", size=3, alt="alt"),
    )


# Text


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("plain", "plain"),
        ("*bold* and _slanted_ and ~struck~", "**bold** and _slanted_ and ~~struck~~"),
        ("2*3*4 and a * b * c", "2*3*4 and a * b * c"),
        ("snake_case ~/home ~/etc", "snake_case ~/home ~/etc"),
        ("`*code*` and ```\nx *y* &lt;z&gt;\n```", "`*code*` and ```\nx *y* <z>\n```"),
        ("a &lt; b &amp;&amp; c &gt; d &amp;lt;", "a < b && c > d &lt;"),
        ("&gt; quoted\nnot", "> quoted\nnot"),
        ("• one\n• two", "- one\n- two"),
        ("<https://a.example/x?a=1&amp;b=2>", "https://a.example/x?a=1&b=2"),
        ("<https://a.example|the page>", "[the page](https://a.example)"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("*<https://a.example|bold link>*", "**[bold link](https://a.example)**"),
        ("`<https://a.example>`", "`https://a.example`"),
        ("<@U2> and <#C2> and <#C3|general>", "@Ada and #news and #general"),
        ("<@U9> <#C9>", f"@{words('slack_unknown_person')} #{words('slack_unknown_channel')}"),
        ("<!here> <!subteam^S1|@team> <!date^1^{date}|today>", "@here @team today"),
        ("<@UBOT>, what now?", "what now?"),
        ("hey <@UBOT> what now?", "hey what now?"),
        ("<@UBOT>", ""),
        ("<@UBOT> <@UBOT>: x", "x"),
        ("", ""),
    ],
)
def test_mrkdwn_as_markdown(text: str, wanted: str) -> None:
    assert markdown(text, {"U2": "Ada", "C2": "news"}, "UBOT") == wanted


def test_whom_a_text_names() -> None:
    assert mentions("<@U1> <@U1|x> <#C1|> <!here> <https://x> `<@U2>`") == ("U1", "C1", "U2")


@given(st.text(alphabet="*_~`<>&;@#!|x \n\x00\x01\x02•", max_size=40))
def test_whatever_is_typed_is_read(text: str) -> None:
    typed = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert isinstance(markdown(typed, {}, "UBOT"), str)
    assert isinstance(markdown(text, {}, "UBOT"), str)
    assert "&lt;" not in markdown(typed, {}, "UBOT") or "&amp;lt;" in typed


def test_reading_loads_nothing_of_slacks() -> None:
    code = (
        "import sys, trunkline_bridges.slack.parse, trunkline_bridges.slack.mrkdwn;"
        "import trunkline_bridges.slack.declared;"
        "sys.exit(bool({'slack_bolt', 'slack_sdk', 'aiohttp'} & sys.modules.keys()))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
