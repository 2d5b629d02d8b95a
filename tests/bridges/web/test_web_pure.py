"""The pure parts: patches, parsing, drawing, limits."""

from __future__ import annotations

import json
import math
from importlib import resources
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from fakes.web_client import SCHEMA
from trunkline.backend import AppInput, AppProfile, Button, Choice, Example, Feedback, Labels
from trunkline.bridge import Post, Shown, View
from trunkline.inbound import Say
from trunkline.messages import Artifact, Blob, Json, Media, Message, Notice, Option, Reply, Text, Thought
from trunkline_bridges.web import patches
from trunkline_bridges.web.frames import dumps
from trunkline_bridges.web.identity import Upload
from trunkline_bridges.web.limits import Open, Rate
from trunkline_bridges.web.origins import Proxies
from trunkline_bridges.web.parse import BadFrame, parse, read_frame
from trunkline_bridges.web.profile import profile_body
from trunkline_bridges.web.render import render, without_newest_controls

PROFILE = AppProfile("demo", "http://app", "6", "chat_interface", "injected", feedback=Feedback(like=True))

scalars = (
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "ab", "abc", "b"]) | st.floats(0, 1)
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=4),
    max_leaves=12,
)
objects = st.dictionaries(st.sampled_from(["type", "source", "a", "b"]), values, max_size=4)


def exactly(value: Json) -> str:
    """JSON tells 1 from true and from 1.0, which Python does not."""
    return json.dumps(value, sort_keys=True)


# Patches


@given(objects, objects)
def test_the_difference_applied_to_the_old_gives_the_new(old: Json, new: Json) -> None:
    assert exactly(patches.apply(old, patches.diff(old, new)) if _rooted(old, new) else new) == exactly(new)


def _rooted(old: Any, new: Any) -> bool:
    try:
        patches.diff(old, new)
    except patches.PatchError:
        # Only a root that is another kind of thing altogether has no patches.
        assert old.get("type") != new.get("type") or new.get("type") == "media"
        return False
    return True


@given(objects)
def test_no_difference_needs_no_patch(value: Json) -> None:
    assert patches.diff(value, json.loads(json.dumps(value))) == []


@given(objects, objects)
def test_patches_never_change_a_value_in_place(old: Json, new: Json) -> None:
    before = exactly(old)
    if _rooted(old, new):
        patches.apply(old, patches.diff(old, new))
    assert exactly(old) == before


def test_a_token_is_one_append() -> None:
    earlier: Json = {"type": "message", "parts": [1]}

    def messages(text: str) -> Json:
        return {"messages": [earlier, {"type": "message", "parts": [{"type": "text", "text": text}]}]}

    assert patches.diff(messages("On"), messages("Once")) == [
        {"op": "append", "path": ["messages", 1, "parts", 0, "text"], "value": "ce"}
    ]


def test_media_with_another_source_is_exchanged_as_a_whole() -> None:
    def media(sha256: str) -> dict[str, Json]:
        return {"a": {"type": "media", "name": "x", "source": {"type": "blob", "sha256": sha256}}}

    assert patches.diff(media("1"), media("2")) == [{"op": "set", "path": ["a"], "value": media("2")["a"]}]


@pytest.mark.parametrize(
    "patch",
    [
        {"op": "set", "path": ["a", "x"], "value": 1},
        {"op": "append", "path": ["list"], "value": "x"},
        {"op": "remove", "path": ["nothing"]},
        {"op": "set", "path": ["list", 3], "value": 1},
        {"op": "remove", "path": ["list", 2]},
        {"op": "set", "path": ["absent", "x"], "value": 1},
    ],
)
def test_a_patch_that_does_not_fit_is_refused(patch: dict[str, Json]) -> None:
    with pytest.raises(patches.PatchError):
        patches.apply({"a": "text", "list": [1, 2]}, [patch])


# Frames in


OPEN_SCHEMA = Draft202012Validator(
    {
        **json.loads(
            resources.files("trunkline_bridges.web").joinpath("protocol/v1.schema.json").read_text("utf-8")
        ),
        "anyOf": [{"$ref": "#/$defs/ClientFrame"}],
    }
)
"""What a client may say, with whatever later versions add to it."""


def attach(source: Any) -> Upload:
    return Upload("a" * 64, 1, "a.png", "image/png", "image")


CLIENT_EXAMPLES = sorted(
    (entry.name, entry.read_text("utf-8"))
    for entry in resources.files("trunkline_bridges.web").joinpath("protocol/examples").iterdir()
    if entry.name.startswith("client.")
)


@pytest.mark.parametrize(("name", "text"), CLIENT_EXAMPLES, ids=[name for name, _ in CLIENT_EXAMPLES])
def test_every_example_of_the_protocol_is_understood(name: str, text: str) -> None:
    parse(read_frame(text), attach)


frames = st.dictionaries(
    st.sampled_from(
        ["type", "id", "conversation", "turn", "parts", "values", "value", "index", "resume", "t", "token"]
    ),
    values | st.sampled_from(["send", "rate", "resume", "hello", "settings.set", "edit", "m-00000001"]),
)


@given(frames)
def test_no_frame_does_more_harm_than_being_refused(frame: dict[str, Json]) -> None:
    """What is understood is what the schema allows; everything else is a `BadFrame` with a sentence."""
    try:
        parse(read_frame(json.dumps(frame)), attach)
    except BadFrame as refused:
        sentence = refused.message
    else:
        # The session answers another protocol with words of its own, and a pong may lack its time.
        assert frame["type"] in {"hello", "pong"} or OPEN_SCHEMA.is_valid(frame), frame
        return
    assert sentence.endswith(".")


@pytest.mark.parametrize("text", ["", "null", "1", "[]", '"x"', "{}", '{"type":1}', "[" * 100_000])
def test_what_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(BadFrame):
        read_frame(text)


def test_a_picture_of_a_message_is_what_was_uploaded_whatever_the_client_says_of_it() -> None:
    part: Json = {
        "type": "media",
        "kind": "html",
        "name": "x.html",
        "mime": "text/html",
        "source": {"upload": "u"},
    }
    frame: dict[str, Json] = {"type": "send", "id": "m-00000001", "conversation": 7, "parts": [part]}
    act = parse(frame, attach)

    assert getattr(act, "command", None) == Say((Media("image", Blob("a" * 64, 1), "a.png", "image/png"),))


# Frames out


def test_numbers_that_json_does_not_have_become_null() -> None:
    assert json.loads(dumps({"a": [math.nan, 1.5, {"b": math.inf}]})) == {"a": [None, 1.5, {"b": None}]}
    assert json.loads(dumps({"a": "\ud83d", "b": math.nan})) == {"a": "\ud83d", "b": None}


REPLY = Reply(
    (
        Message(
            "assistant", (Text("a"), Thought("t", (Text("x"), Thought("u", (), "pending")), "pending", id="1"))
        ),
        Message("assistant", (Media("image", Blob("a" * 64, 3), "a.png"),), (Option("o", "Oh"),)),
    ),
    (Artifact("code", "C", "print()", "python"),),
    (Notice("progress", "p", progress=0.5),),
)


def drawn(reply: Reply, shown: tuple[Shown, ...] = (), now: float = 5.0, *, newest: bool = True) -> Post:
    (post,) = render(reply, View(PROFILE, 3, {}, newest, 7), shown, now)
    return post


def test_a_reply_is_drawn_as_one_post_of_the_protocol() -> None:
    post = drawn(REPLY)

    assert (post.key, post.body["conversation"], post.body["turn"], post.body["role"]) == (
        "reply",
        7,
        3,
        "assistant",
    )
    thought = post.body["body"]["messages"][0]["parts"][1]  # type: ignore[index, call-overload]
    assert (thought["started_at"], thought["parts"][1]["started_at"]) == (5.0, 5.0)  # type: ignore[index, call-overload]


def test_what_did_not_change_is_the_same_object() -> None:
    first = drawn(REPLY).body["body"]["messages"][1]  # type: ignore[index, call-overload]
    later = Reply((Message("assistant", (Text("other"),)), REPLY.messages[1]))

    assert drawn(later).body["body"]["messages"][1] is first  # type: ignore[index, call-overload]


def test_controls_are_those_of_the_newest_ended_turn() -> None:
    final = Reply((Message("assistant", (Text("a"),), (Option("o"),)),), state="final")
    body = drawn(final).body["body"]
    assert isinstance(body, dict)

    assert body["controls"] == ["retry", "undo", "edit", "rate", "choose"]
    assert without_newest_controls(body) == drawn(final, newest=False).body["body"]
    assert "controls" not in drawn(REPLY).body["body"]  # type: ignore[operator]
    assert without_newest_controls({"controls": ["retry"]}) == {}


def test_a_full_profile_fits_the_protocol() -> None:
    picture = Media("image", Blob("a" * 64, 3), "a.png")
    profile = AppProfile(
        "other",
        "http://app",
        "6",
        "blocks",
        "app",
        title="T",
        description="D",
        placeholder="P",
        input_placeholder="I",
        feedback=Feedback(True, True, ("Bad",), True),
        inputs=(
            AppInput(3, "x", "X", "slider", 0.0, minimum=0.0, maximum=1.0, step=0.1),
            AppInput(4, "y", "Y", "dropdown", "a", (Choice("A", "a"),), allow_custom=True),
            AppInput(5, "hidden", "H", "text", visible=False),
        ),
        outputs=("Code",),
        examples=(Example("hi", "Hi", picture, (picture,), {"x": 1}),),
        greeting=(Message("assistant", (Text("Hello"),)),),
        buttons=(Button("1", "Up", "quiet"),),
        avatars=(None, picture),
        latex_delimiters=(("$", "$", False),),
        labels=Labels(submit="Ask"),
        theme={"light": {"color-accent": "#4f46e5"}, "dark": {}, "n": 1},
    )
    body = profile_body(profile, "demo", lambda sha256, name: f"/media/{sha256}/{name}")

    SCHEMA.of("Profile").validate(json.loads(dumps(body)))
    assert body["name"] == "demo"
    assert [item["name"] for item in body["inputs"]] == ["x", "y"]  # type: ignore[union-attr, index, call-overload]
    assert body["avatars"] == {"assistant": {"url": f"/media/{'a' * 64}/a.png", "size": 3}}
    SCHEMA.of("Profile").validate(json.loads(dumps(profile_body(PROFILE, "demo", lambda *_: ""))))


# Limits


def test_a_rate_lets_a_burst_through_and_then_the_average() -> None:
    rate = Rate(60)
    assert [rate.wait("a", 0.0) for _ in range(60)] == [0.0] * 60
    assert rate.wait("a", 0.0) == pytest.approx(1.0)
    assert rate.wait("b", 0.0) == 0.0
    assert rate.wait("a", 1.0) == 0.0
    assert rate.wait("a", 1.0) > 0.0


@given(st.lists(st.floats(0, 5), min_size=1, max_size=200), st.integers(1, 20))
def test_a_rate_never_lets_more_through_than_the_burst_and_the_average(
    waits: list[float], per_minute: int
) -> None:
    rate, now, passed = Rate(per_minute), 0.0, 0
    for wait in waits:
        now += wait
        passed += rate.wait("a", now) == 0.0
    assert passed <= per_minute + now * per_minute / 60 + 1e-6


def test_a_rate_remembers_a_bounded_number_of_visitors() -> None:
    rate = Rate(1, people=10)
    for number in range(100):
        rate.wait(str(number), 0.0)
    assert len(rate._buckets) == 10


def test_open_connections_are_counted_and_forgotten() -> None:
    counter = Open(2)
    assert [counter.enter("a") for _ in range(3)] == [True, True, False]
    counter.leave("a")
    counter.leave("a")
    assert not counter._open
    assert all(Open(0).enter("a") for _ in range(10))


def test_the_clients_address_is_the_last_that_is_no_proxy_of_ours() -> None:
    proxies = Proxies(("10.0.0.0/8",))

    def told(chain: str) -> dict[str, str]:
        return {"X-Forwarded-For": chain}

    assert proxies.address("10.0.0.1", told("1.1.1.1, 2.2.2.2, 10.0.0.2")) == "2.2.2.2"
    assert proxies.address("3.3.3.3", told("1.1.1.1")) == "3.3.3.3"
    assert proxies.address("10.0.0.1", {}) == "10.0.0.1"
    assert proxies.address("10.0.0.1", told("10.0.0.3")) == "10.0.0.3"
    assert proxies.address("", told("1.1.1.1")) == ""
